import type { LogEvent, Page } from '@perdure/client';
import { describe, expect, it } from 'vitest';
import { DeliveryCount } from '../web/delivery-count.ts';
import { createLook } from '../web/watch-delivery.ts';

const event = (seq: number): LogEvent => ({
  seq,
  at: '2026-01-01T00:00:00.000Z',
  type: 'log',
  payload: { level: 'info', message: '' },
  actor: { principalId: 'ann' },
  source: 'agent',
});

/** A log in pages of two, and how it was asked. */
function logOf(...seqs: number[]) {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    seqs,
    getSnapshot: () => ({
      status: 'ready' as const,
      state: undefined,
      cursor: `1.${seqs.at(-1) ?? 0}` as const,
      phase: 'live' as const,
      error: undefined,
      outbox: [],
    }),
    async eventPage({ cursor }: { cursor?: string | undefined } = {}): Promise<Page<LogEvent>> {
      asked.push(cursor);
      const from = Number(cursor ?? 0);
      return {
        items: seqs.slice(from, from + 2).map(event),
        nextCursor: from + 2 < seqs.length ? String(from + 2) : null,
      };
    },
  };
}

const open = new AbortController().signal;

describe('createLook', () => {
  it('asks the log only when something is doubtful, and goes on where the last look ended', async () => {
    const log = logOf(1, 2, 5, 6, 7);
    const count = new DeliveryCount();
    for (const seq of [1, 2, 5, 6, 7]) count.arrived(seq);
    const look = createLook(log, count);
    await look(open);
    expect(log.asked).toEqual([undefined, '2', '4']);
    await look(open);
    expect(log.asked).toHaveLength(3);
    log.seqs.push(9, 10);
    count.arrived(10);
    await look(open);
    expect(log.asked.slice(3)).toEqual(['4', '6']);
    expect(count.get()).toMatchObject({ lost: 1, doubled: 0 });
  });

  it('notices that the state is ahead of what was delivered', async () => {
    const log = logOf(1, 2, 3);
    const count = new DeliveryCount();
    count.arrived(1);
    const look = createLook(log, count);
    await look(open);
    expect(count.get().lost).toBe(0);
    await look(open);
    expect(count.get().lost).toBe(2);
  });

  it('asks again after a failure', async () => {
    const log = logOf(1, 2, 3);
    const count = new DeliveryCount();
    count.arrived(3);
    let isAway = true;
    const away = { ...log, eventPage: () => (isAway ? Promise.reject(new Error('away')) : log.eventPage()) };
    const look = createLook(away, count);
    await look(open);
    expect(count.get().lost).toBe(0);
    isAway = false;
    await createLook(log, count)(open);
    expect(count.get().lost).toBe(2);
  });
});
