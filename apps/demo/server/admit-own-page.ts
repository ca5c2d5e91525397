import type { IncomingMessage } from 'node:http';

/**
 * Whether a request was made by a page that this server served.
 *
 * - The Host is one of ours: a name that was rebound to this machine is not, though its page counts as same-origin.
 * - The browser itself says that page and server are of one origin. Programs that are no browsers are refused too: they
 *   read the token from its file, if they may.
 */
export function admitOwnPage(
  request: Pick<IncomingMessage, 'rawHeaders'> & {
    readonly socket: { readonly localPort?: number | undefined };
  },
): boolean {
  const lines = (name: string) =>
    request.rawHeaders.filter((_, at) => at % 2 === 1 && request.rawHeaders[at - 1]?.toLowerCase() === name);
  const [host, ...otherHosts] = lines('host');
  const [site, ...otherSites] = lines('sec-fetch-site');
  const origins = lines('origin');
  const ours = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${request.socket.localPort}`);
  return (
    host !== undefined &&
    ours.includes(host.toLowerCase()) &&
    site === 'same-origin' &&
    origins.every((origin) => origin === `http://${host}`) &&
    otherHosts.length + otherSites.length === 0
  );
}
