// The entry points that stand on another library, which the user installs.
import * as aiSdk from '@perdure/server/ai-sdk';
import type * as testing from '@perdure/server/testing';

export type Testing = typeof testing;
export const everything = { aiSdk };
