import { existsSync, renameSync, writeFileSync } from 'node:fs';

const places = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/local/lib'];

/** The library that fakes the time of a process; none, with a notice, where it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  const paths = places.map((place) => `${place}/faketime/libfaketimeMT.so.1`);
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) console.warn('Some tests are skipped: this machine lacks libfaketime.');
  return found;
}

/** The wall clock of one process; what only grows goes on as it does. */
export interface FakeClock {
  /** The environment that the process is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves the clock so many seconds from the real time. */
  move(seconds: number): void;
}

export function fakeClock(library: string, path: string): FakeClock {
  const move = (seconds: number) => {
    // At once, so that nobody reads half of it.
    writeFileSync(`${path}.next`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${path}.next`, path);
  };
  move(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  return { env, move };
}
