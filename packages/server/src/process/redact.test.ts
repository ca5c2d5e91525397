import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createPinoLogger } from './pino-logger.ts';
import { redact, redactText, withoutSecrets } from './redact.ts';

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

  it('[N2] writes of an error what tells of the failure, and not what was asked and answered', () => {
    const error = Object.assign(new Error('refused'), {
      statusCode: 401,
      requestBodyValues: { messages: ['a prompt'] },
      responseBody: 'an answer',
    });
    const told = redact(error);
    expect(told).toMatchObject({ message: 'refused', statusCode: 401 });
    expect(JSON.stringify(told)).not.toMatch(/a prompt|an answer/);
  });

  it('[N2] copies an error without what it may not say, and leaves it as it is', () => {
    const error = Object.assign(new TypeError('no row for a-long-secret', { cause: 'a-long-secret' }), {
      code: 'E1',
      asked: ['a-long-secret'],
    });
    const copy = withoutSecrets(error, ['a-long-secret']);
    expect(copy).toMatchObject({ name: 'TypeError', message: 'no row for [redacted]', code: 'E1' });
    expect(inspect(copy)).not.toContain('a-long-secret');
    expect(error.message).toContain('a-long-secret');
    expect(withoutSecrets('a-long-secret', ['a-long-secret'])).toBe('[redacted]');
  });

  it('[N3] comes to an end with values that have none', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(JSON.stringify(redact(circle))).toContain('[deep]');
  });
});

describe('the logger', () => {
  it('[N3] comes to an end with errors that are their own cause', () => {
    const error = new Error('of a-secret-of-ours');
    error.cause = error;
    const told = withoutSecrets(error, ['a-secret-of-ours']);
    expect(JSON.stringify(redact(told))).not.toContain('a-secret-of-ours');
  });

  it('[N2] finds a password in a URL that names nobody', () => {
    expect(redactText('at redis://:hunter2@host')).toBe('at redis://[redacted]@host');
  });

  it('[N2] writes redacted JSON lines, and its children add their fields', () => {
    const lines: string[] = [];
    const logger = createPinoLogger('info', { stream: { write: (line) => lines.push(line) } });
    logger.debug({}, 'not this');
    logger.child({ sessionId: 'a' }).error({ err: new Error('Bearer abcdefghij'), token: 'x' }, 'failed');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '{}');
    expect(line).toMatchObject({ level: 'error', sessionId: 'a', msg: 'failed', token: '[redacted]' });
    expect(line.err.message).toBe('Bearer [redacted]');
    expect(line.time).toMatch(/^\d{4}-.*Z$/);
  });

  it('[M3] writes nothing that a terminal obeys or takes for the end of a line, and it is the same JSON', () => {
    const lines: string[] = [];
    const logger = createPinoLogger('info', { stream: { write: (line) => lines.push(line) } });
    const text = 'a\r\n{"level":"fatal"}\u001b[2J\u009b31m\u2028\u202e';
    logger.info({ text }, text);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ text, msg: text });
  });

  it('[N2] knows the secrets that it is given, and those that take their place', () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) };
    let ours = ['a-token-of-ours'];
    const logger = createPinoLogger('info', { stream, secrets: () => ours });
    logger.info({ at: 'x/a-token-of-ours' }, 'asked');
    ours = ['the-token-that-follows'];
    logger.info({ at: 'x/the-token-that-follows' }, 'asked');
    for (const line of lines) expect(line).toContain('x/[redacted]');
    expect(lines).toHaveLength(2);
  });
});
