import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrayLog, type RowDraft } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { Follower } from './follower.ts';
import { LocalClientHub } from './local-client-hub.ts';
import { corruptMarker } from './splice-frame.ts';
import { splitEvents } from '../session/row-body.ts';
import type { LogRow } from '../store/session-store.ts';

type Step =
  | { readonly kind: 'append'; readonly rows: readonly RowDraft[] }
  | { readonly kind: 'claim' | 'compact' | 'read' | 'turn' | 'tick' }
  | { readonly kind: 'drain'; readonly who: number; readonly room: number }
  | {
      readonly kind: 'join';
      readonly at: number;
      readonly room: number;
      readonly types: readonly string[] | undefined;
    };

const row: fc.Arbitrary<RowDraft> = fc.oneof(
  fc.record({
    type: fc.constant('block:delta'),
    events: fc.integer({ min: 1, max: 12 }),
    length: fc.integer({ min: 0, max: 60 }),
  }),
  fc.record({ type: fc.constantFrom('log', 'block:complete'), length: fc.integer({ min: 0, max: 1_500 }) }),
  fc.record({ type: fc.constantFrom('log', 'audit'), audience: fc.constant('server' as const) }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      rows: fc.array(row, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('claim' as const, 'compact' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'turn' as const, 'tick' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      who: fc.nat(5),
      room: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      at: fc.nat(1_000),
      room: fc.integer({ min: 1, max: 4 }),
      types: fc.option(fc.subarray(['log', 'block:delta', 'block:complete']), { nil: undefined }),
    }),
  },
);

/** Everything that is due without time passing has happened. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

class World {
  readonly clock = new ManualClock();
  readonly pendingReads: (() => void)[] = [];
  /** Every row that was ever there, with what compaction has taken out since. */
  readonly ever: LogRow[] = [];
  readonly followers: {
    at: number;
    types: ReadonlySet<string> | undefined;
    sink: RecordingSink;
    leaver: AbortController;
  }[] = [];
  readonly log: ArrayLog;
  readonly hub: LocalClientHub;

  constructor({ ringBytes, isSynchronous }: { ringBytes: number; isSynchronous: boolean }) {
    const held = () => new Promise<void>((resolve) => this.pendingReads.push(resolve));
    this.log = new ArrayLog(1, { isSynchronous, beforeRead: held, afterRead: held });
    this.hub = new LocalClientHub({
      source: this.log,
      clock: this.clock,
      ringBytes,
      maxFrameBytes: 700,
      idleSeqs: 20,
      idleMs: 5_000,
    });
    this.append([{ type: 'log' }]);
  }

  append(rows: readonly RowDraft[]): void {
    const advance = this.log.append(...rows);
    this.ever.push(...advance.rows);
    this.hub.broadcast(1, advance);
  }

  async join(at: number, room: number, types: ReadonlySet<string> | undefined): Promise<void> {
    const sink = new RecordingSink(room);
    const leaver = new AbortController();
    const lastEventId = `${await this.log.epochAt(1, at)}.${at}`;
    const follower: Follower = {
      session: 1,
      sessionId: 's',
      principalId: 'ann',
      types,
      lastEventId,
      from: 'snapshot',
    };
    void this.hub.follow(follower, sink, leaver.signal);
    this.followers.push({ at, types, sink, leaver });
  }

  async run(todo: Step): Promise<void> {
    switch (todo.kind) {
      case 'append':
        return this.append(todo.rows);
      case 'claim':
        return this.log.claim();
      case 'compact':
        return this.log.compact((this.ever.at(-1)?.through ?? 0) + 1);
      case 'read':
        return this.pendingReads.shift()?.();
      case 'tick':
        return this.clock.advance(2_000);
      case 'turn':
        await turn();
        return;
      case 'drain':
        return this.followers[todo.who % Math.max(1, this.followers.length)]?.sink.drain(todo.room);
      case 'join':
        return this.join(
          todo.at % ((this.ever.at(-1)?.through ?? 0) + 1),
          todo.room,
          todo.types && new Set(todo.types),
        );
    }
  }

  /** Lets everything go on until nothing moves any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      for (const { sink } of this.followers) sink.drain();
      for (const go of this.pendingReads.splice(0)) {
        go();
        quiet = 0;
      }
      await turn();
    }
  }
}

function textsOf(rows: readonly LogRow[], after: number, types: ReadonlySet<string> | undefined): string[] {
  return rows.flatMap((row) => {
    if (row.audience === 'server') return [];
    if (row.body === null) return row.through > after ? [corruptMarker(row)] : [];
    if (types !== undefined && !types.has(row.type)) return [];
    return splitEvents(row.body).filter((_text, index) => row.after + index + 1 > after);
  });
}

/** Whether `part` stands in `whole`, in order. */
function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let index = 0;
  for (const text of whole) if (text === part[index]) index += 1;
  return index === part.length;
}

describe('whatever happens, in whatever order', () => {
  it.each([
    { ringBytes: 0, isSynchronous: false },
    { ringBytes: 3_000, isSynchronous: false },
    { ringBytes: 1_000_000, isSynchronous: false },
    { ringBytes: 0, isSynchronous: true },
  ])(
    '[D1] each follower gets its events of the log once, in order, in frames that adjoin (%o)',
    async (options) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const world = new World(options);
          for (const todo of steps) await world.run(todo);
          await world.settle();
          world.clock.advance(5_000); // for those to whom the last rows were nothing
          await world.settle();
          const head = world.ever.at(-1)?.through ?? 0;
          for (const { at, types, sink, leaver } of world.followers) {
            let place = at;
            for (const [index, frame] of sink.frames.entries()) {
              if (frame.kind !== 'events') throw new Error('A cursor of the log was taken for a lost one.');
              expect(frame.after).toBe(place);
              place = frame.through;
              if (index > 0) expect(frame.through).toBeGreaterThan(frame.after);
              expect(frame.cursor).toBe(`${await world.log.epochAt(1, place)}.${place}`);
              const bytes = Buffer.byteLength(sink.texts[index]?.json ?? '');
              expect(bytes <= 700 || frame.events.length === 1, `${bytes} bytes`).toBe(true);
            }
            expect(
              sink.frames.findLast(({ live }) => live),
              'told that it is live',
            ).toBeDefined();
            const kept = world.log.expected(at, types);
            const ever = textsOf(world.ever, at, types);
            expect(isWithin(kept, sink.events) && isWithin(sink.events, ever)).toBe(true);
            if (!steps.some(({ kind }) => kind === 'compact')) expect(sink.events).toEqual(ever);
            expect(place).toBe(head);
            leaver.abort();
          }
          expect(world.hub.usage.followers).toBe(0);
          world.hub.close();
          expect(world.clock.pending).toBe(0);
        }),
        { numRuns: 150 },
      );
    },
  );

  it('[Q1] what was seen up to k and the resume from k are the whole, byte for byte, for every k', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom<'none' | 'damage' | 'compact'>('none', 'damage', 'compact'),
        async (appends, harm) => {
          const log = new ArrayLog(1, { isSynchronous: true });
          for (const [index, rows] of appends.entries()) {
            if (index % 3 === 2) log.claim();
            log.append(...rows);
          }
          const { seq: head } = await log.head();
          if (harm === 'damage') log.damage(Math.ceil(head / 2));
          if (harm === 'compact') log.compact(head);
          const hub = new LocalClientHub({ source: log, clock: new ManualClock(), maxFrameBytes: 700 });
          const eventsFrom = async (at: number) => {
            const leaver = new AbortController();
            const sink = new RecordingSink();
            const lastEventId = `${await log.epochAt(1, at)}.${at}`;
            void hub.follow(
              { session: 1, sessionId: 's', principalId: 'ann', types: undefined, lastEventId, from: 'now' },
              sink,
              leaver.signal,
            );
            await sink.until(({ frames }) => frames.at(-1)?.live === true);
            leaver.abort();
            return sink.events;
          };
          const whole = await eventsFrom(0);
          for (let k = 0; k <= head; k += 1) {
            const seen = whole.filter((text) => JSON.parse(text).seq <= k);
            expect([...seen, ...(await eventsFrom(k))], `from ${k}`).toEqual(whole);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
