import { PerdureError } from '@perdure/protocol';

// What those hear who wait for the answer to a command that gets none.

export const closedError = () =>
  new PerdureError('unreachable', 'The client was closed before the server answered.');

export const unforeseen = (cause: unknown) =>
  new PerdureError('internal', 'The command could not be sent.', { cause });

export const signedOut = () =>
  new PerdureError('unauthenticated', 'Someone else has signed in. The message is kept for whoever said it.');

export const takenBack = () =>
  Object.assign(new Error('The message was taken back before it was sent.'), { name: 'AbortError' });
