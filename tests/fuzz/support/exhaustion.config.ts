import { defineConfig } from '@perdure/server';
import { agents } from './agents.ts';
import { authenticate } from './people.ts';

/** A server that is to be exhausted, with the limits that it ships with. */
export default defineConfig({ agents, authenticate });
