import { PerdureError } from '@perdure/protocol';
import { unreachable } from '../unreachable.ts';

// What those hear who wait for the answer to a command that gets none.

export const closedError = () => unreachable('The client was closed.');

export const unforeseen = (cause: unknown) =>
  new PerdureError('internal', 'The command could not be sent.', { cause });

export const signedOut = () =>
  new PerdureError('unauthenticated', 'Someone else has signed in. The message is kept.');

export const takenBack = () =>
  Object.assign(new Error('The message was taken back.'), { name: 'AbortError' });
