import { unreachable } from './unreachable.ts';

/** A part of the client that is loaded when it is first needed: most pages never do. */
export const loaded = <T>(part: Promise<T>): Promise<T> =>
  part.catch((cause: unknown) => {
    throw unreachable('The client could not be loaded whole. Reload the page.', cause);
  });
