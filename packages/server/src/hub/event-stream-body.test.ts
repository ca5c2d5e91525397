import { getEventListeners } from 'node:events';
import { isPerdureError, PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { openEventStreamBody } from './event-stream-body.ts';
import type { Follower } from './follower.ts';
import { LocalClientHub } from './local-client-hub.ts';

function world() {
  const clock = new ManualClock();
  const log = new ArrayLog();
  const hub = new LocalClientHub({ source: log, clock });
  const leaver = new AbortController();
  let stalls = 0;
  let unsent: number | undefined;
  const open = (wish: Partial<Follower> = {}) =>
    openEventStreamBody({
      follow: (sink, signal) =>
        hub.follow(
          {
            session: 1,
            sessionId: 's',
            principalId: 'ann',
            types: undefined,
            lastEventId: undefined,
            from: 'beginning',
            ...wish,
          },
          sink,
          signal,
        ),
      signal: leaver.signal,
      clock,
      errorText: (error) => JSON.stringify({ error: (error as PerdureError).toBody() }),
      onStalled: () => {
        stalls += 1;
      },
      unsentBytes: () => unsent,
    });
  const isAtRest = () =>
    hub.getClientCount() === 0 &&
    getEventListeners(leaver.signal, 'abort').length === 0 &&
    hub.usage.followedSessions === 0;
  return {
    clock,
    log,
    hub,
    leaver,
    open,
    isAtRest,
    stalls: () => stalls,
    leave: (bytes: number) => {
      unsent = bytes;
    },
    emit: (length = 20) => hub.broadcast(1, log.append({ length })),
  };
}

/** Reads until the text ends like this. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, ending: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  while (!text.endsWith(ending)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

/** Everything that is due without waiting has happened. */
const handedOn = () => new Promise((resolve) => setImmediate(resolve));

describe('an event stream', () => {
  it('[E3] starts with its retry, then gives frames whose id is their cursor', async () => {
    const { log, open, emit } = world();
    emit();
    const reader = (await open()).getReader();
    const frame = JSON.stringify({
      kind: 'events',
      cursor: log.tip,
      after: 0,
      through: 1,
      events: [],
      live: true,
    });
    const events = log.expected(0).join();
    const expected = `retry: 1000\n\nid: ${log.tip}\ndata: ${frame.replace('[]', `[${events}]`)}\n\n`;
    expect(await readUntil(reader, '}\n\n')).toBe(expected);
    emit();
    expect(await readUntil(reader, '\n\n')).toContain(`id: ${log.tip}\n`);
  });

  it('[E3] refuses before the stream, so that a refusal is an answer of its own', async () => {
    const { open, isAtRest, clock, emit } = world();
    emit();
    const error = await open({ lastEventId: 'x' }).catch((reason: unknown) => reason);
    expect(isPerdureError(error, 'invalid-cursor')).toBe(true);
    expect(isAtRest()).toBe(true);
    clock.advance(60_000); // the ring's
    expect(clock.pending).toBe(0);
  });

  it('[E12] says something every 15 s when there is nothing to say', async () => {
    const { clock, emit, open } = world();
    emit();
    const reader = (await open()).getReader();
    await readUntil(reader, '}\n\n');
    const beat = readUntil(reader, '\n\n');
    await handedOn();
    clock.advance(15_000);
    expect(await beat).toBe(':\n\n');
  });

  it('[E9] does not end as long as bytes leave before it, however slowly, and ends 10 s after the last', async () => {
    const { clock, emit, open, stalls, leave } = world();
    leave(60_000);
    emit();
    const reader = (await open()).getReader();
    await readUntil(reader, '}\n\n');
    emit(100_000);
    await handedOn();
    for (const bytes of [40_000, 20_000, 0]) {
      clock.advance(9_000);
      leave(bytes);
    }
    clock.advance(10_999);
    expect(stalls()).toBe(0);
    clock.advance(1);
    expect(stalls()).toBe(1);
  });

  it('[E9] ends when nobody read for 10 s, and the place is resumed from', async () => {
    const { log, clock, emit, open, isAtRest, stalls } = world();
    emit();
    const reader = (await open()).getReader();
    await readUntil(reader, '}\n\n');
    const { tip } = log;
    emit(100_000);
    await handedOn();
    clock.advance(9_999);
    expect(stalls()).toBe(0);
    clock.advance(1);
    expect(stalls()).toBe(1);
    expect(await readUntil(reader, 'never')).toBe('');
    await expect.poll(isAtRest).toBe(true);
    const again = (await open({ lastEventId: tip })).getReader();
    expect(await readUntil(again, '}\n\n')).toContain(log.expected(1).join());
  });

  it('[E9] ends when its reader stops within a frame', async () => {
    const { clock, emit, open, isAtRest, stalls } = world();
    emit(100_000);
    const reader = (await open()).getReader();
    await reader.read();
    await reader.read();
    clock.advance(10_000);
    expect(stalls()).toBe(1);
    await expect.poll(isAtRest).toBe(true);
  });

  it('[E9] takes each slice that is read for progress, however slow the link', async () => {
    const { clock, emit, open, stalls } = world();
    emit(200_000);
    const reader = (await open()).getReader();
    let bytes = 0;
    while (bytes < 200_000) {
      const { value } = await reader.read();
      expect(value?.length).toBeLessThanOrEqual(16_384);
      bytes += value?.length ?? 0;
      clock.advance(9_000);
    }
    expect(stalls()).toBe(0);
  });

  it('ends with an error event after what was sent', async () => {
    const { hub, emit, open } = world();
    emit();
    const reader = (await open()).getReader();
    hub.end(1, new PerdureError('session-deleted', 'Gone.'));
    const text = await readUntil(reader, 'never');
    expect(text).toMatch(
      /event: error\ndata: \{"error":\{"code":"session-deleted","message":"Gone\."\}\}\n\n$/,
    );
  });

  it('leaves nothing behind, whether its reader cancels or its request is aborted', async () => {
    const { clock, leaver, emit, open, isAtRest } = world();
    emit();
    await (await open()).cancel();
    await expect.poll(isAtRest).toBe(true);
    const reader = (await open()).getReader();
    leaver.abort();
    await readUntil(reader, 'never');
    await expect.poll(isAtRest).toBe(true);
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it('rejects with the reason of a request that ended before there was a frame', async () => {
    const { log, leaver, open, isAtRest } = world();
    const reason = new Error('gone');
    log.append({});
    const opening = open();
    leaver.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect(open()).rejects.toBe(reason);
    expect(isAtRest()).toBe(true);
  });

  it('is no stream where nothing was followed', async () => {
    const following = openEventStreamBody({
      follow: () => Promise.resolve(),
      signal: new AbortController().signal,
      clock: new ManualClock(),
      errorText: String,
    });
    await expect(following).rejects.toMatchObject({ name: 'AbortError', message: 'Nothing was followed.' });
  });
});
