import { expect } from 'vitest';
import type { Holdings } from './holdings.ts';

/** What is not there once everybody has gone; handles, files and listeners are as many as they were. */
const nothing = {
  sockets: 0,
  timers: 0,
  abortListeners: 0,
  warnings: 0,
  followers: 0,
  followedSessions: 0,
  rings: 0,
  loaded: 0,
  watchedCredentials: 0,
};

export function expectNothingLeft(found: {
  readonly before: Holdings;
  readonly after: readonly Holdings[];
}): void {
  expect(found.before.counts, JSON.stringify(found.before.detail)).toMatchObject(nothing);
  for (const { counts, detail } of found.after)
    expect(counts, JSON.stringify(detail)).toEqual(found.before.counts);
}
