import { WebSocket } from 'ws';
import { defaultLimits } from '../../../packages/server/src/access/limit-defaults.ts';
import { facts } from '../../e2e/support/facts.ts';
import { type Counts, counted } from './attacks.ts';
import type { FuzzServer } from './fuzz-server.ts';
import { judgeErrorBody } from './judge-answers.ts';

const { unauthenticatedSockets, unauthenticatedSocketsPerPeer } = defaultLimits;

/** Opens sockets that say that they will say who they are, and do not. */
export async function crowdBeforeLogin(
  server: FuzzServer,
  { peers, each }: { readonly peers: number; readonly each: number },
): Promise<{ readonly counts: Counts; leave(): Promise<void> }> {
  const sockets: WebSocket[] = [];
  const { until, tell } = facts();
  let taken = 0;
  const open = (peer: number) =>
    new Promise<string>((resolve) => {
      const url = `${server.url.replace('http', 'ws')}/trpc?connectionParams=1`;
      const socket = new WebSocket(url, { localAddress: `127.0.0.${peer + 1}` });
      sockets.push(socket);
      socket.on('open', () => {
        taken += 1;
        tell();
        resolve('taken');
      });
      socket.on('error', () => {});
      socket.on('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => {
          const { error } = JSON.parse(text);
          judgeErrorBody({ error }, response.statusCode ?? 0);
          resolve(error.details.limit);
        });
      });
    });
  const outcomes: Promise<string>[] = [];
  for (let peer = 0; peer < peers; peer += 1) {
    const wanted = Math.min(unauthenticatedSockets, taken + Math.min(each, unauthenticatedSocketsPerPeer));
    outcomes.push(...Array.from({ length: each }, () => open(peer)));
    await until(() => taken >= wanted); // those over it wait in line, and the next peer need not
  }
  return {
    counts: counted(await Promise.all(outcomes)),
    leave: async () => {
      await Promise.all(
        sockets.map((socket) => {
          if (socket.readyState === WebSocket.CLOSED) return undefined;
          const closed = new Promise((resolve) => socket.once('close', resolve));
          socket.terminate();
          return closed;
        }),
      );
    },
  };
}
