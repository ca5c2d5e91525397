import { expect, it } from 'vitest';
import { createBreakableNetwork } from '../web/breakable-network.ts';

class FakeSocket extends EventTarget {
  isClosed = false;
  close() {
    this.isClosed = true;
    this.dispatchEvent(new Event('close'));
  }
}

function createNetwork() {
  const clock = { now: 0 };
  const network = createBreakableNetwork({
    // Answers with a body that never ends, as a stream of events does.
    fetch: async (_input, init) => {
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue('here');
          init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
        },
      });
      return new Response(body.pipeThrough(new TextEncoderStream()));
    },
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    now: () => clock.now,
  });
  return { clock, network, open: () => new network.WebSocket('ws://x') as unknown as FakeSocket };
}

it('cuts sockets while it is off, and only then', () => {
  const { clock, network, open } = createNetwork();
  const before = open();
  expect(before.isClosed).toBe(false);
  network.drop(1_000);
  expect(before.isClosed).toBe(true);
  expect(open().isClosed).toBe(true);
  clock.now = 1_000;
  expect(open().isClosed).toBe(false);
});

it('leaves a class that extends its sockets time to be made', () => {
  const { network } = createNetwork();
  network.drop(1_000);
  class Tapped extends network.WebSocket {
    readonly #closings: string[] = [];
    override close() {
      this.#closings.push('asked');
      super.close();
    }
  }
  expect((new Tapped('ws://x') as unknown as FakeSocket).isClosed).toBe(true);
});

it('breaks requests that are under way, and refuses others while it is off', async () => {
  const { clock, network } = createNetwork();
  const own = new AbortController();
  const response = await network.fetch('http://x', { signal: own.signal });
  const rest = response.text();
  network.drop(1_000);
  await expect(rest).rejects.toThrow('switched off');
  await expect(network.fetch('http://x')).rejects.toThrow(TypeError);

  clock.now = 1_000;
  const again = await network.fetch('http://x', { signal: own.signal });
  own.abort(new Error('of its own'));
  await expect(again.text()).rejects.toThrow('of its own');
});
