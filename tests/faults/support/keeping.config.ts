import { defineConfig } from '@perdure/server';
import agents from './agents.config.ts';

/** The same agents, of a server that keeps no more than the end of each log. */
export default defineConfig({ ...agents, retention: { keepEvents: 100 } });
