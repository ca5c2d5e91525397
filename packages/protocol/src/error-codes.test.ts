import { describe, expect, it } from 'vitest';
import { closeCodes, type ErrorCode, errorTable, isErrorCode, type WireErrorCode } from './error-codes.ts';
import { errorMeanings } from './error-meanings.ts';

const rows = Object.entries(errorTable);

describe('the table of errors', () => {
  it('[G7] is closed: every code has a status, a scope, a retry rule and a meaning', () => {
    for (const [code, { status, scope, retry }] of rows) {
      const travels = scope === 'request' || scope === 'socket';
      expect([code, travels ? status >= 400 && status < 600 : status === 0]).toEqual([code, true]);
      expect(['request', 'socket', 'run', 'start', 'client']).toContain(scope);
      expect(['same-id', 'new-id', 'never']).toContain(retry);
      expect(errorMeanings[code as ErrorCode]).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('[G7] names its codes in kebab-case', () => {
    for (const [code] of rows) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('[G7] has the statuses that a client can act on', () => {
    const statusOf = (code: ErrorCode) => errorTable[code].status;
    expect(statusOf('unauthenticated')).toBe(401);
    expect(statusOf('forbidden')).toBe(403);
    expect(statusOf('session-not-found')).toBe(404);
    expect(statusOf('idempotency-mismatch')).toBe(409);
    expect(statusOf('payload-too-large')).toBe(413);
    expect(statusOf('queue-full')).toBe(429);
    expect(statusOf('internal')).toBe(500);
    expect(statusOf('not-implemented')).toBe(501);
    expect(statusOf('shutting-down')).toBe(503);
  });

  it('asks nobody to repeat what only the caller can mend', () => {
    const repeated = rows.filter(([, row]) => row.retry === 'same-id').map(([, row]) => row.status);
    expect([...new Set(repeated)].sort()).toEqual([0, 401, 429, 500, 503]);
  });

  it('knows its own codes and no name that every object has', () => {
    for (const [code] of rows) expect(isErrorCode(code)).toBe(true);
    for (const other of ['nope', 'toString', '__proto__', '', 7, null, undefined]) {
      expect(isErrorCode(other)).toBe(false);
    }
  });
});

it('close codes are the standard one for a restart and three of an application', () => {
  expect(closeCodes).toEqual({ restart: 1012, unauthenticated: 4001, stalled: 4008, protocolMismatch: 4009 });
});

it('[G7] a code by which only a run, a start or a client fails is none of the wire, also by type', () => {
  const travels: WireErrorCode = 'session-not-found';
  // @ts-expect-error a start has no answer that it could travel in
  const stays: WireErrorCode = 'port-in-use';
  expect([errorTable[travels].status, errorTable[stays].status]).toEqual([404, 0]);
});
