import type { FuzzServer } from './fuzz-server.ts';
import { judgeReceived } from './fuzz-bytes.ts';
import { rawConnection } from './raw-connection.ts';
import { upgradeRequest } from './wire-frames.ts';

/** Everything that a client can begin and not get on with. */
export const slowBeginnings = [
  'nothing',
  'headers',
  'upgrade',
  'body',
  'chunks',
  'silence',
  'login',
] as const;
export type SlowBeginning = (typeof slowBeginnings)[number];

export interface SlowEnd {
  readonly seconds: number;
  readonly codes: readonly (string | number | undefined)[];
}

/** How often a slow client sends a little more: often enough to be no silent one. */
const DRIP_MS = 700;

/** Opens connections that get on by a byte at a time; resolves when the server has cut all of them. */
export async function slowPeers(
  server: FuzzServer,
  beginning: SlowBeginning,
  connections: number,
): Promise<readonly SlowEnd[]> {
  return Promise.all(Array.from({ length: connections }, () => slowPeer(server, beginning)));
}

async function slowPeer(server: FuzzServer, beginning: SlowBeginning): Promise<SlowEnd> {
  using connection = await rawConnection(server.port);
  const startMs = performance.now();
  await connection.send(beginningOf(server.port, beginning));
  const drip = setInterval(() => void connection.send(dripOf(beginning)), DRIP_MS);
  await connection.closed;
  clearInterval(drip);
  return { seconds: (performance.now() - startMs) / 1_000, codes: judgeReceived(connection.received()) };
}

function beginningOf(port: number, beginning: SlowBeginning): string {
  const post = (length: string) =>
    `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer fuzzer\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
  switch (beginning) {
    case 'nothing':
      return '';
    case 'headers':
      return `GET /v1/hello HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `;
    case 'upgrade':
      return upgradeRequest(port).slice(0, -2);
    case 'body':
    case 'silence':
      return `${post('Content-Length: 1000')}{`;
    case 'chunks':
      return post('Transfer-Encoding: chunked');
    case 'login':
      return upgradeRequest(port, { target: '/trpc?connectionParams=1' });
    default:
      throw beginning satisfies never;
  }
}

function dripOf(beginning: SlowBeginning): string {
  switch (beginning) {
    case 'nothing':
    case 'silence':
      return '';
    case 'headers':
      return 'a';
    case 'upgrade':
      return 'X-A: a\r\n';
    case 'body':
      return ' ';
    case 'chunks':
      return '1\r\n \r\n';
    case 'login':
      return ''; // its next word has to be a whole frame
    default:
      throw beginning satisfies never;
  }
}
