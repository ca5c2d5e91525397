import * as z from 'zod';
import { query } from './leaf.ts';
import { helloSchema } from './outputs.ts';
import { plannedServerLeaves } from './planned-server-leaves.ts';
import { plannedSessionLeaves } from './planned-session-leaves.ts';
import { sessionLeaves } from './session-leaves.ts';

/** Everything a client can ask of a server, as data. */
export const contract = {
  meta: {
    hello: query({
      access: 'public',
      input: z.object({}),
      output: helloSchema,
      errors: [],
      rest: { method: 'GET', path: '/v1/hello' },
      summary: 'What the server speaks and offers, and who you are to it.',
    }),
  },
  sessions: { ...sessionLeaves, ...plannedSessionLeaves },
  ...plannedServerLeaves,
};

export type Contract = typeof contract;
