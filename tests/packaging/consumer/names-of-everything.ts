// Names every entry point, so that the compiler reads every declaration that is shipped.
import * as client from '@perdure/client';
import * as protocol from '@perdure/protocol';
import * as schemas from '@perdure/protocol/schemas';
import type * as trpc from '@perdure/protocol/trpc';
import * as react from '@perdure/react';
import * as server from '@perdure/server';
import * as aiSdk from '@perdure/server/ai-sdk';
import type * as testing from '@perdure/server/testing';

export type Everything = [typeof trpc, typeof testing];
export const everything = { client, protocol, schemas, react, server, aiSdk };
