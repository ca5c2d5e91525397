import { emptySessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { FIRST_BASE_VERSION, migrateState, stateMigrations } from './migrate-state.ts';
import { STATE_VERSION } from './session-state.ts';

const base = (stateVersion: number) => ({ stateVersion, body: JSON.stringify(emptySessionState('one')) });

test('[C12] a base of an older version is taken through each step to that of this release, and one of it as it is', () => {
  const steps = {
    2: (state: object) => ({ ...state, title: 'of 3' }),
    3: (state: object) => ({ ...state, title: `${Reflect.get(state, 'title')} and 4` }),
  };
  expect(migrateState(base(2), { to: 4, steps })).toEqual({
    ...emptySessionState('one'),
    title: 'of 3 and 4',
  });
  expect(migrateState(base(3), { to: 3, steps })).toEqual(emptySessionState('one'));
  expect(migrateState(base(STATE_VERSION))).toEqual(emptySessionState('one'));
});

test('[C12] a base of a newer release, or of a version that no step leads from, is not taken for a state', () => {
  expect(migrateState(base(STATE_VERSION + 1))).toBeUndefined();
  expect(migrateState(base(1), { to: 3, steps: { 2: (state) => state } })).toBeUndefined();
});

test('[C12] from every version that a base may have, steps lead to that of this release', () => {
  for (let version = FIRST_BASE_VERSION; version <= STATE_VERSION; version += 1)
    expect(stateMigrations[version] !== undefined, String(version)).toBe(version < STATE_VERSION);
});
