import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { type AnyEvent, emptySessionState, type Json, reduceSession } from '../src/index.ts';
import {
  contract,
  envelopeSchema,
  errorAnswerSchema,
  eventSchema,
  followFrameSchema,
  leavesOf,
  sessionStateSchema,
} from '../src/schemas.ts';
import { eventTypes } from './every-schema.ts';
import { readFixture } from './fixture-files.ts';

/** What was recorded and can no longer be read as it was meant, in words. */
export function fixtureFaults(): string[] {
  const leaves = new Map(leavesOf(contract));
  const types = new Set<string>(eventTypes);
  return [
    ...ofEach('events', (type) => {
      const known = eventTypes.find((candidate) => candidate === type);
      return known === undefined ? undefined : eventSchema(known);
    }),
    ...ofEach('frames', () => followFrameSchema),
    ...ofEach('errors', () => errorAnswerSchema),
    ...ofEach('inputs', (path) => leaves.get(path)?.input),
    ...ofEach('answers', (path) => leaves.get(path)?.output),
    ...logFaults(types),
  ];
}

function ofEach(
  name: 'events' | 'frames' | 'errors' | 'inputs' | 'answers',
  schemaOf: (key: string) => z.ZodType | undefined,
): string[] {
  const recorded = Object.entries(readFixture(name) as Record<string, Json>);
  return recorded.flatMap(([key, values]) => {
    const schema = schemaOf(key);
    if (schema === undefined) return [`${name}: ${key} is gone`];
    return [values].flat().flatMap((value, index) => faultOf(`${name}: ${key} ${index}`, schema, value));
  });
}

/** A recorded value comes through its schema whole: a field that is no longer known is a fault too. */
function faultOf(at: string, schema: z.ZodType, value: unknown): string[] {
  const { data, error } = schema.safeParse(value);
  if (error !== undefined) return [`${at}: ${error.message}`];
  return isDeepStrictEqual(data, value) ? [] : [`${at}: lost a field`];
}

function logFaults(types: ReadonlySet<string>): string[] {
  const { sessionId, events, state } = readFixture('log');
  const folded = events.reduce(reduceSession, emptySessionState(sessionId));
  const isKnown = (event: AnyEvent): event is AnyEvent & { type: (typeof eventTypes)[number] } =>
    types.has(event.type);
  return [
    ...events.flatMap((event, index) =>
      faultOf(`log: event ${index}`, isKnown(event) ? eventSchema(event.type) : envelopeSchema, event),
    ),
    ...faultOf('log: state', sessionStateSchema, state),
    ...(holds(folded, state) ? [] : ['log: it folds to another state']),
  ];
}

/** Whether a value has everything that another has, and as it has it. What was added since is no fault. */
function holds(now: unknown, old: unknown): boolean {
  if (typeof old !== 'object' || old === null) return now === old;
  if (typeof now !== 'object' || now === null || Array.isArray(now) !== Array.isArray(old)) return false;
  if (Array.isArray(old) && (now as unknown[]).length !== old.length) return false;
  return Object.entries(old).every(([key, value]) => holds((now as Record<string, unknown>)[key], value));
}
