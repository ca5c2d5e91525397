import { expect, it } from 'vitest';
import { createBreakableNetwork } from '../web/breakable-network.ts';

class FakeSocket extends EventTarget {
  isClosed = false;
  close() {
    this.isClosed = true;
    this.dispatchEvent(new Event('close'));
  }
}

it('cuts sockets and refuses requests while it is off, and only then', async () => {
  let now = 0;
  const network = createBreakableNetwork({
    fetch: async () => new Response('here'),
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    now: () => now,
  });
  const open = () => new network.WebSocket('ws://x') as unknown as FakeSocket;

  const before = open();
  expect(before.isClosed).toBe(false);
  network.drop(1_000);
  expect(before.isClosed).toBe(true);
  expect(open().isClosed).toBe(true);
  await expect(network.fetch('http://x')).rejects.toThrow(TypeError);

  now = 1_000;
  expect(open().isClosed).toBe(false);
  expect(await (await network.fetch('http://x')).text()).toBe('here');
});
