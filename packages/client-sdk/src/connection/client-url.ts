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
    const why = `"${url}" is not a URL. Give the server's with its base path, such as https://x.dev/agents.`;
    throw new PerdureError('invalid-target', why, { cause });
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    throw new PerdureError(
      'credential-in-url',
      'The url of a client has no user, query or fragment. Give the credential as token.',
    );
  return parsed.href.replace(/\/+$/, '');
}

/** Whether the URL names a server in this process: it is not http(s), or the one that `runtime.as(principal)` gives. */
export const isInProcess = (base: string): boolean =>
  !/^https?:/.test(base) || new URL(base).hostname === 'perdure.internal';
