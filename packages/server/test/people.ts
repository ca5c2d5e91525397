import type { AuthenticationRequest } from '../src/access/authenticator.ts';
import type { KnownPrincipal } from '../src/access/function-authenticator.ts';

/** `ann` and `bob` by their names; `soon` expires in a moment; `slow` is never answered; `broken` throws. */
export const people = ({ credential }: AuthenticationRequest): KnownPrincipal | null | Promise<null> => {
  switch (credential) {
    case 'ann':
    case 'bob':
      return { id: credential };
    case 'soon':
      return { id: 'ann', expiresAt: Date.now() + 300 };
    case 'slow':
      return new Promise(() => {});
    case 'broken':
      throw new Error('db at /srv/secret');
    default:
      return null;
  }
};
