import { isPerdureError, PerdureError } from '@perdure/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { ArrayLogOptions } from './array-log.ts';
import {
  type HubReader,
  type HubWorld,
  headOf,
  nextTurn,
  type OpenClientHub,
  openHubWorld,
} from './hub-world.ts';

/** For wires whose end is noticed a moment later. */
const patience = { timeout: 20_000 };

/** What every hub owes its clients, whatever wire they came by. */
export function clientHubContract(name: string, open: OpenClientHub): void {
  const worlds: HubWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  const begin = async (options: ArrayLogOptions = {}) => {
    const world = await openHubWorld(open, options);
    worlds.push(world);
    return world;
  };

  describe(`${name}: counts and reach`, () => {
    it('[E1] a broadcast reaches the followers of its session and no others', async () => {
      const world = await begin();
      const one = await world.join({ session: 1, from: 'now' });
      const two = await world.join({ session: 2, from: 'now' });
      world.emit({}, {});
      world.emitTo(2, {});
      await Promise.all([one.reach(3), two.reach(2)]);
      expect(one.events).toEqual(world.log(1).expected(1));
      expect(two.events).toEqual(world.log(2).expected(1));
    });

    it('[E1] counts are exact while clients come and go', async () => {
      const world = await begin();
      expect(world.counts()).toEqual([0, 0, 0]);
      const readers = [await world.join({}), await world.join({}), await world.join({ session: 2 })];
      expect(world.counts()).toEqual([2, 1, 3]);
      for (const reader of readers) reader.leave();
      await Promise.all(readers.map(({ ended }) => ended));
      await expect.poll(() => world.counts(), patience).toEqual([0, 0, 0]);
      world.emit({});
      expect(readers[0]?.events).toEqual(world.log(1).expected(0).slice(0, 1));
    });

    it('[E1] ends the followers of a session with the error, and theirs alone', async () => {
      const world = await begin();
      const [one, two] = [await world.join({}), await world.join({ session: 2 })];
      world.hub.end(1, new PerdureError('session-deleted', 'Gone.'));
      expect(isPerdureError(await one.ended, 'session-deleted')).toBe(true);
      await expect.poll(() => world.counts(), patience).toEqual([0, 1, 1]);
      world.emitTo(2, {});
      await two.reach(2);
    });
  });

  describe(`${name}: joining`, () => {
    it('[D3] the first answer is a frame, and the one that reaches the head says live', async () => {
      const world = await begin();
      const now = await world.join({ from: 'now' });
      expect(now.frames).toEqual([
        { kind: 'events', cursor: world.log(1).tip, after: 1, through: 1, events: [], live: true },
      ]);
      for (let count = 0; count < 30; count += 1) world.emit({ length: 4_000 });
      const late = await world.join({});
      await late.reach(31);
      expect(late.frames.filter(({ live }) => live)).toEqual([late.frames.at(-1)]);
      expect(late.frames.length).toBeGreaterThan(2);
    });

    it('[D4] a cursor, the beginning, a snapshot and now give exactly their ranges', async () => {
      const world = await begin();
      const log = world.log(1);
      const { tip } = log;
      world.emit({ type: 'block:delta', events: 4 }, {});
      const readers = await Promise.all([
        world.join({ lastEventId: tip }),
        world.join({ from: 'beginning' }),
        world.join({ from: 'snapshot' }),
        world.join({ from: 'now' }),
      ]);
      world.emit({});
      await Promise.all(readers.map((reader) => reader.reach(7)));
      expect(readers.map(({ events }) => events)).toEqual([1, 0, 6, 6].map((after) => log.expected(after)));
      expect(readers[2]?.frames[0]).toMatchObject({
        kind: 'snapshot',
        reason: 'start',
        cursor: readers[3]?.frames[0]?.cursor,
      });
    });

    it('[D5] rubbish is refused; a lost cursor is answered with a snapshot that says why', async () => {
      const world = await begin();
      world.emit({}, {});
      const [epoch] = world.log(1).tip.split('.');
      const refused = world.follow({ lastEventId: 'rubbish' });
      expect(isPerdureError(await refused.ended, 'invalid-cursor')).toBe(true);
      world.log(1).retain(1);
      for (const [cursor, reason] of [
        ['7.3', 'epoch'],
        [`${epoch}.8`, 'ahead'],
        ['0.0', 'retention'],
      ]) {
        const reader = await world.join({ lastEventId: cursor });
        expect(reader.frames[0]).toMatchObject({
          kind: 'snapshot',
          reason,
          cursor: world.log(1).tip,
          live: true,
        });
      }
    });

    it('[C12][D5] one that is overtaken by what is not kept gets one snapshot, and goes on from there', async () => {
      let reads = 0;
      const world = await begin({
        beforeRead: async () => {
          reads += 1;
          if (reads === 3) world.log(1).retain(18);
        },
      });
      world.log(1).append(...Array.from({ length: 20 }, () => ({ length: 20_000 })));
      const reader = await world.join({ from: 'beginning' });
      await reader.reach(21);
      world.emit({});
      await reader.reach(22);
      const at = reader.frames.findIndex(({ kind }) => kind === 'snapshot');
      expect(at).toBeGreaterThan(0);
      expect(reader.frames[at]).toMatchObject({ reason: 'retention', live: true });
      const told = reader.frames.flatMap((frame) =>
        frame.kind === 'events' ? frame.events.map(({ seq }) => seq) : [],
      );
      expect(told).toEqual([...Array.from({ length: told.length - 1 }, (_, index) => index + 1), 22]);
      expect(reader.frames.filter(({ kind }) => kind === 'snapshot')).toHaveLength(1);
    });

    it('[D2] 100 clients join while events come without a pause: no gap, none twice, in order', async () => {
      const world = await begin({ beforeRead: nextTurn });
      const readers: HubReader[] = [];
      let isJoining = true;
      const emitting = (async () => {
        while (isJoining) {
          world.emit({ type: 'block:delta', events: 3 }, {}, { audience: 'server' });
          await nextTurn();
        }
      })();
      for (let count = 0; count < 100; count += 1) {
        readers.push(world.follow({ from: 'beginning' }));
        await nextTurn();
      }
      await Promise.all(readers.map((reader) => reader.answered));
      isJoining = false;
      await emitting;
      world.emit({});
      await Promise.all(readers.map((reader) => reader.reach(headOf(world))));
      const expected = world.log(1).expected(0);
      for (const reader of readers) expect(reader.events).toEqual(expected);
    });
  });

  describe(`${name}: what is shown`, () => {
    it('[D1] nothing is lost and nothing comes twice over breaks at any place, inside a row of deltas too', async () => {
      const world = await begin();
      const log = world.log(1);
      world.emit({ type: 'block:delta', events: 7 }, {}, { type: 'block:delta', events: 2 });
      log.claim();
      world.emit({}, { audience: 'server' }, {});
      for (let place = 0; place <= headOf(world); place += 1) {
        const reader = await world.join({ lastEventId: `${await log.epochAt(1, place)}.${place}` });
        await reader.reach(headOf(world));
        expect(reader.events, `after ${place}`).toEqual(log.expected(place));
        reader.leave();
      }
    });

    it('events of the server alone are never shown, and hold up nobody', async () => {
      const world = await begin();
      const reader = await world.join({});
      world.emit({ audience: 'server', type: 'audit' }, {});
      world.emit({ audience: 'server', type: 'audit' });
      await world.pass(5_000);
      await reader.reach(4);
      expect(reader.texts.join()).not.toContain('secret');
      expect(reader.events).toEqual(world.log(1).expected(0));
    });

    it('a damaged row is a marker in its place, and what stands around it is whole', async () => {
      const world = await begin();
      world.log(1).append({ type: 'block:delta', events: 4 }, {});
      world.log(1).damage(3);
      const reader = await world.join({ from: 'beginning' });
      await reader.reach(6);
      const seqs = reader.frames.flatMap((frame) =>
        frame.kind === 'events' ? frame.events.map(({ seq, type }) => [seq, type]) : [],
      );
      expect(seqs).toEqual([
        [1, 'log'],
        [5, 'session:corrupt'],
        [6, 'log'],
      ]);
    });

    it('only the types asked for come; an empty frame moves the cursor after 1,000 others or 5 s', async () => {
      const world = await begin();
      const reader = await world.join({ types: new Set(['wanted']), from: 'now' });
      for (const wanted of [3, 5]) {
        world.emit({});
        await world.pass(4_999);
        world.emit({ type: 'wanted' });
        await reader.reach(wanted);
      }
      world.emit({});
      await world.pass(5_000);
      await reader.reach(6);
      world.emit({ type: 'block:delta', events: 999 });
      world.emit({});
      await reader.reach(1_006);
      expect(reader.ranges).toEqual([
        [1, 1, 0],
        [1, 3, 1],
        [3, 5, 1],
        [5, 6, 0],
        [6, 1_006, 0],
      ]);
    });
  });

  describe(`${name}: slow clients`, () => {
    it('[E8] clients of different speeds end with the same events', async () => {
      const world = await begin();
      const readers = await Promise.all([
        world.join({}),
        world.join({}, () => nextTurn()),
        world.join({}, async () => {
          for (let turns = 0; turns < 7; turns += 1) await nextTurn();
        }),
      ]);
      for (let count = 0; count < 300; count += 1) {
        world.emit({ type: 'block:delta', events: 2, length: 400 }, {});
        if (count % 3 === 0) await nextTurn();
      }
      await Promise.all(readers.map((reader) => reader.reach(headOf(world))));
      for (const reader of readers) expect(reader.events).toEqual(world.log(1).expected(0));
    });

    it('[E9] who does not read holds up nobody, and gets all of it later', async () => {
      const world = await begin();
      let readOn = () => {};
      const stopped = new Promise<void>((resolve) => {
        readOn = resolve;
      });
      const stuck = await world.join({}, () => stopped);
      const well = await world.join({});
      for (let count = 0; count < 2_000; count += 1) {
        world.emit({ length: 1_000 });
        if (count % 50 === 0) await nextTurn();
      }
      await well.reach(2_001);
      expect(stuck.frames.length).toBeLessThan(10);
      readOn();
      await stuck.reach(2_001);
      expect(stuck.events).toEqual(world.log(1).expected(0));
    });

    it('[E10] frames are at most 32 KiB; a larger event goes alone', async () => {
      const world = await begin();
      const log = world.log(1);
      for (let count = 0; count < 40; count += 1)
        log.append({ length: 3_000 }, { type: 'block:delta', events: 30, length: 2_000 });
      log.append({}, { length: 100_000 }, {});
      const reader = await world.join({ from: 'beginning' });
      await reader.reach(headOf(world));
      expect(reader.events).toEqual(log.expected(0));
      for (const [index, text] of reader.texts.entries()) {
        const frame = reader.frames[index];
        const isAlone = frame?.kind === 'events' && frame.events.length === 1;
        expect(Buffer.byteLength(text) <= 32_768 || isAlone, `${text.length} bytes`).toBe(true);
      }
      expect(reader.frames.length).toBeLessThan(150);
    });
  });
}
