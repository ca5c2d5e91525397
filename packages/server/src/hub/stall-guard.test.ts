import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { SocketSink } from './socket-sink.ts';
import { StallError } from './stall-error.ts';
import { StallGuard } from './stall-guard.ts';

function slowSocket() {
  const drainers = new Set<() => void>();
  return {
    bufferedAmount: 0,
    unsentBytes: undefined as number | undefined,
    answers: undefined as number | undefined,
    sent: [] as string[],
    closed: [] as [number, string][],
    drainers,
    send(text: string) {
      this.sent.push(text);
      this.bufferedAmount += text.length;
    },
    onDrain(listener: () => void) {
      drainers.add(listener);
      return () => drainers.delete(listener);
    },
    close(code: number, reason: string) {
      this.closed.push([code, reason]);
    },
    drain() {
      this.bufferedAmount = 0;
      for (const listener of [...drainers]) listener();
    },
  };
}

function world(options: { highWaterBytes?: number; stallMs?: number } = {}) {
  const socket = slowSocket();
  const clock = new ManualClock();
  return { socket, clock, guard: new StallGuard({ socket, clock, ...options }) };
}

const { signal: always } = new AbortController();

describe('the guard of a socket', () => {
  it('[E10] lets on no more than fits, those on their way included, and in order', async () => {
    const { socket, guard } = world({ highWaterBytes: 100 });
    const seen: string[] = [];
    const enter = async (name: string) => {
      await guard.enter(60, always);
      seen.push(name);
    };
    await Promise.all([enter('a'), enter('b')]);
    const later = [enter('c'), enter('d'), enter('e')];
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b']);
    guard.leave(60); // never reached the socket
    socket.bufferedAmount = 60;
    guard.leave(60); // reached it
    await later[0];
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b', 'c']);
    guard.leave(60);
    await later[1];
    guard.leave(60);
    socket.drain();
    await later[2];
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('[E9] closes 4008 after 10 s without progress, and only then', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 300_000;
    const waiting = guard.enter(1, always).catch((error: unknown) => error);
    clock.advance(9_000);
    socket.bufferedAmount -= 1; // one byte is progress
    clock.advance(10_000);
    expect(socket.closed).toEqual([]);
    clock.advance(1_000);
    expect(socket.closed).toEqual([[4008, 'stalled']]);
    expect(await waiting).toBeInstanceOf(StallError);
    await expect(guard.enter(1, always)).rejects.toBeInstanceOf(StallError);
    expect([clock.pending, socket.drainers.size]).toEqual([0, 0]);
  });

  it('[E9] sees a large message leave though it is buffered as a whole', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 8_000_000;
    socket.unsentBytes = 8_000_000;
    const waiting = guard.enter(1, always);
    for (let second = 0; second < 60; second += 1) {
      socket.unsentBytes -= 20_000;
      clock.advance(1_000);
    }
    expect(socket.closed).toEqual([]);
    socket.drain();
    expect(await waiting).toBe(true);
  });

  it('[E9] leaves a reader alone that answers from behind what the kernel holds for it', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 300_000;
    const waiting = guard.enter(1, always).catch((error: unknown) => error);
    for (let count = 0; count < 20; count += 1) {
      socket.answers = count;
      clock.advance(9_000);
    }
    expect(socket.closed).toEqual([]);
    clock.advance(2_000);
    expect(socket.closed).toEqual([[4008, 'stalled']]);
    expect(await waiting).toBeInstanceOf(StallError);
  });

  it('finds room that nobody told of', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 300_000;
    const waiting = guard.enter(1, always);
    socket.bufferedAmount = 200_000;
    clock.advance(1_000);
    expect(await waiting).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('[E9] does not take what others send meanwhile for progress', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 300_000;
    const waiting = guard.enter(1, always).catch(() => {});
    for (let second = 0; second < 10; second += 1) {
      socket.bufferedAmount += 10;
      clock.advance(1_000);
    }
    expect(socket.closed).toHaveLength(1);
    await waiting;
  });

  it('forgets who leaves, and stops watching with the last', async () => {
    const { socket, clock, guard } = world();
    socket.bufferedAmount = 300_000;
    const leaver = new AbortController();
    const waiting = [guard.enter(1, leaver.signal), guard.enter(1, leaver.signal)];
    leaver.abort();
    expect(await Promise.all(waiting)).toEqual([false, false]);
    expect([clock.pending, socket.drainers.size]).toEqual([0, 0]);
    expect(getEventListeners(leaver.signal, 'abort')).toEqual([]);
    expect(await guard.enter(1, leaver.signal)).toBe(false);
  });
});

describe('a sink over a socket of its own', () => {
  it('[E10] stops at its mark and goes on when the buffer is empty', async () => {
    const socket = slowSocket();
    const sink = new SocketSink({
      socket,
      send: (text) => socket.send(text),
      clock: new ManualClock(),
      highWaterBytes: 10,
    });
    expect(sink.send({ cursor: '1.1', json: '"four"' })).toBe(true);
    expect(sink.send({ cursor: '1.2', json: '"eight"' })).toBe(false);
    const drained = sink.drained(always);
    socket.drain();
    await drained;
    expect(socket.sent).toEqual(['"four"', '"eight"']);
  });
});
