import { describe, expect, it } from 'vitest';
import { createPinoLogger } from './pino-logger.ts';
import { redact, redactText } from './redact.ts';

describe('redact', () => {
  it('[N2] hides values by the names of their fields, however deep', () => {
    const fields = {
      authorization: 'Bearer a',
      a: [{ Cookie: 'x', apiKey: 'y', kept: 1 }],
      token: { value: 'z' },
    };
    expect(redact(fields)).toEqual({
      authorization: '[redacted]',
      a: [{ Cookie: '[redacted]', apiKey: '[redacted]', kept: 1 }],
      token: '[redacted]',
    });
  });

  it.each([
    ['a header', 'Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer [redacted]'],
    ['a provider key', 'key sk-proj-0123456789abcdef refused', 'key sk-[redacted] refused'],
    ['a password in a URL', 'postgres://me:hunter2@db/x', 'postgres://[redacted]@db/x'],
    ['plain words', 'the bearer of this note is basic', 'the bearer of this note is basic'],
  ])('[N2] finds %s in a text', (_what, text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it('[N2] looks into errors and their causes, and leaves them as they are', () => {
    const cause = new Error('postgres://me:hunter2@db');
    const error = Object.assign(new Error('outer', { cause }), { code: 'E1', password: 'hunter2' });
    const told = JSON.stringify(redact({ err: error }));
    expect(told).toContain('"code":"E1"');
    expect(told).not.toContain('hunter2');
    expect(cause.message).toContain('hunter2');
  });

  it('[N3] comes to an end with values that have none', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(JSON.stringify(redact(circle))).toContain('[deep]');
  });
});

describe('the logger', () => {
  it('[N2] writes redacted JSON lines, and its children add their fields', () => {
    const lines: string[] = [];
    const logger = createPinoLogger('info', { write: (line) => lines.push(line) });
    logger.debug({}, 'not this');
    logger.child({ sessionId: 'a' }).error({ err: new Error('Bearer abcdefghij'), token: 'x' }, 'failed');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '{}');
    expect(line).toMatchObject({ level: 'error', sessionId: 'a', msg: 'failed', token: '[redacted]' });
    expect(line.err.message).toBe('Bearer [redacted]');
    expect(line.time).toMatch(/^\d{4}-.*Z$/);
  });
});
