import { once } from 'node:events';
import { defineConfig, echoAgent, functionAgent } from '@perdure/server';

/** What the server hosts whose holdings are counted. */
export default defineConfig({
  agents: {
    echo: echoAgent(),
    /** Says a word and waits for the end. */
    waits: functionAgent(async (turn, session) => {
      session.text('waiting');
      await once(turn.signal, 'abort');
    }),
  },
  store: {
    type: 'sqlite',
    directory: process.env['LEAKS_DIRECTORY'] ?? '',
    durability: process.env['LEAKS_DURABILITY'] === 'disk' ? 'disk' : 'process',
  },
});
