import { PerdureError } from '@perdure/protocol';

/**
 * Where the server is, without a slash at its end. A URL with a user, a query or a fragment is refused: a credential in it
 * would stand in logs and histories.
 */
export function baseOf(url: string, page: string | undefined): string {
  let parsed: URL;
  try {
    parsed = new URL(url, page);
  } catch (cause) {
    throw new PerdureError('invalid-target', `"${url}" is no URL. Give one like https://x.dev.`, {
      cause,
    });
  }
  const { username, password, search, hash } = parsed;
  if (username + password + search + hash !== '')
    throw new PerdureError(
      'credential-in-url',
      'The url has no user, query or fragment. Give a token instead.',
    );
  return parsed.href.replace(/\/+$/, '');
}

/** Whether the URL names a server in this process: it is not http(s), or the one that `runtime.as(principal)` gives. */
export const isInProcess = (base: string): boolean =>
  !/^https?:/.test(base) || new URL(base).hostname === 'perdure.internal';
