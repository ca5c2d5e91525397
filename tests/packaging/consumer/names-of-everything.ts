// Names every entry point, so that the compiler reads every declaration that is shipped.
import * as client from '@perdure/client';
import * as protocol from '@perdure/protocol';
import * as schemas from '@perdure/protocol/schemas';
import type * as trpc from '@perdure/protocol/trpc';
import * as react from '@perdure/react';
import * as server from '@perdure/server';
import type * as postgres from '@perdure/server/postgres';

export type Everything = typeof trpc & typeof postgres;
export const everything = { client, protocol, schemas, react, server };
