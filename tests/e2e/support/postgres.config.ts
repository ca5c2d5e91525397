import { defineConfig, echoAgent } from '@perdure/server';
import { postgresStore } from '@perdure/server/postgres';

/** What `perdure serve --config` hosts on the database that a test started. */
export default defineConfig({
  store: postgresStore({
    url: process.env['DATABASE_URL'],
    schema: process.env['DATABASE_SCHEMA'],
    ownerTimeoutMs: 200,
  }),
  agents: { echo: echoAgent() },
});
