import { readFileSync, writeFileSync } from 'node:fs';
import { type AnyEvent, type Json, PROTOCOL_VERSION, type SessionState } from '../src/index.ts';
import type { SchemaSnapshot } from './schema-snapshot.ts';

/** What was recorded of a protocol version, by file. */
export interface Fixtures {
  /** Events of each type. */
  readonly events: Record<string, AnyEvent[]>;
  /** Frames of each kind. */
  readonly frames: Record<string, Json[]>;
  /** An error body for each code that can answer a request. */
  readonly errors: Record<string, Json>;
  /** What clients send, by leaf. */
  readonly inputs: Record<string, Json[]>;
  /** What they are answered, by leaf. */
  readonly answers: Record<string, Json[]>;
  /** A whole log, and what it folds to. */
  readonly log: { sessionId: string; events: AnyEvent[]; state: SessionState };
  readonly schema: SchemaSnapshot;
}

const fileOf = (name: keyof Fixtures) =>
  new URL(`../fixtures/v${PROTOCOL_VERSION}/${name}.json`, import.meta.url);

export function readFixture<N extends keyof Fixtures>(name: N): Fixtures[N] {
  return JSON.parse(readFileSync(fileOf(name), 'utf8')) as Fixtures[N];
}

export function writeFixture<N extends keyof Fixtures>(name: N, value: Fixtures[N]): void {
  writeFileSync(fileOf(name), `${JSON.stringify(value, null, 2)}\n`);
}
