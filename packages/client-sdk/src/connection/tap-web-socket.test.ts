import { expect, it, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { startWireServer } from '../../test/wire-server.ts';
import { tapWebSocket } from './tap-web-socket.ts';

it.each([
  ['of Node.js', globalThis.WebSocket],
  ['of ws', NodeWebSocket as unknown as typeof globalThis.WebSocket],
])(
  '[E8] a socket (%s) that is made when all is over is closed, and never stays open unseen',
  async (_, Base) => {
    const server = await startWireServer({ onFollow: () => {} });
    try {
      let isOver = false;
      const taps = tapWebSocket(
        Base,
        () => {},
        () => isOver,
      );
      const url = server.url.replace('http', 'ws');
      const first = new taps.WebSocket(url);
      await vi.waitFor(() => expect(server.sockets.size).toBe(1));
      isOver = true;
      taps.close();
      const late = new taps.WebSocket(url);
      late.addEventListener('error', () => {}); // closed while it opens
      expect([first.readyState, late.readyState]).toEqual([WebSocket.CLOSING, WebSocket.CLOSING]);
      // It opens nevertheless in Node.js until the server has answered: what is made behind it answers later.
      await fetch(server.url);
      await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    } finally {
      await server.close();
    }
  },
);
