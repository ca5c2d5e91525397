import { isPerdureError } from '@perdure/protocol';
import { unreachable } from '../unreachable.ts';

type Token = string | undefined;

/** Keeps the credential between requests and asks for it anew when it is time. */
export interface TokenSource {
  /** The one in use; asked for if there is none yet. */
  current(): Promise<Token>;
  /** Asks anew, unless someone did since `refused` was handed out. */
  renew(refused?: { readonly token: Token }): Promise<Token>;
  /** The next who needs one asks anew. */
  forget(): void;
}

export function createTokenSource(option: string | (() => Token | Promise<Token>) | undefined): TokenSource {
  let held: Promise<Token> | undefined;

  async function ask(): Promise<Token> {
    try {
      return typeof option === 'function' ? await option() : option;
    } catch (cause) {
      if (isPerdureError(cause)) throw cause;
      throw unreachable('The credential could not be fetched.', cause);
    }
  }

  function renew(): Promise<Token> {
    const asked = ask();
    held = asked;
    // A failure is not kept: the next one asks again.
    asked.catch(() => {
      if (held === asked) held = undefined;
    });
    return asked;
  }

  return {
    current: () => held ?? renew(),
    async renew(refused) {
      if (refused === undefined || held === undefined) return renew();
      const waiting = held;
      const token = await waiting;
      // Whoever was refused with an older one gets the one in use.
      return token === refused.token && held === waiting ? renew() : (held ?? renew());
    },
    forget() {
      held = undefined;
    },
  };
}
