import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logArbitrary } from '../../test/arbitrary-log.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { reduceSession } from './reduce-session.ts';
import { type SessionState, sessionStateSchema } from './session-state-schema.ts';
import { windowSessionState } from './window-session-state.ts';

const runs = { numRuns: 500 };
const overWire = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const fold = (log: readonly AnyEvent[], from: SessionState = emptySessionState('s1')) =>
  log.reduce(reduceSession, from);

describe('the fold of any log', () => {
  it('[C3] is the same on the server, which has the events, and on a client, which has their text', () => {
    const same = fc.property(logArbitrary, (log) => {
      expect(fold(overWire(log))).toStrictEqual(fold(log));
    });
    fc.assert(same, runs);
  });

  it('[C3] is the same for a client that joined in the middle by a snapshot', () => {
    const same = fc.property(logArbitrary, fc.nat(), (log, at) => {
      const place = at % log.length;
      const snapshot = overWire(fold(log.slice(0, place)));
      expect(fold(log.slice(place), snapshot)).toStrictEqual(fold(log));
    });
    fc.assert(same, runs);
  });

  it('[C3] leaves every earlier state as it was', () => {
    const pure = fc.property(logArbitrary, (log) => {
      const texts: string[] = [];
      const states = [emptySessionState('s1')];
      for (const next of log) {
        const state = deepFrozen(states.at(-1) ?? emptySessionState('s1'));
        texts.push(JSON.stringify(state));
        states.push(reduceSession(state, deepFrozen(next)));
      }
      expect(states.slice(0, -1).map((state) => JSON.stringify(state))).toEqual(texts);
    });
    fc.assert(pure, runs);
  });

  it('[C11] is JSON and nothing else, and of the shape that its schema tells', () => {
    const json = fc.property(logArbitrary, (log) => {
      const state = fold(log);
      expect(overWire(state)).toStrictEqual(state);
      expect(sessionStateSchema.parse(state)).toEqual(state);
    });
    fc.assert(json, runs);
  });

  it('[C4] commutes with the window that snapshots keep', () => {
    const commutes = fc.property(logArbitrary, fc.nat({ max: 4 }), (log, keep) => {
      let whole = emptySessionState('s1');
      let windowed = whole;
      for (const next of log) {
        whole = reduceSession(whole, next);
        windowed = windowSessionState(reduceSession(windowed, next), keep);
        expect(windowed).toStrictEqual(windowSessionState(whole, keep));
      }
    });
    fc.assert(commutes, runs);
  });
});

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFrozen(part);
  }
  return value;
}
