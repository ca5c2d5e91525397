import { expect, test } from 'vitest';
import { baseOf, isInProcess } from './client-url.ts';

test('a URL is taken as it is, or against the page, without a slash at its end', () => {
  expect(baseOf('https://x.dev', undefined)).toBe('https://x.dev');
  expect(baseOf('https://x.dev/', undefined)).toBe('https://x.dev');
  expect(baseOf('https://x.dev/a//', undefined)).toBe('https://x.dev/a');
  expect(baseOf('/agents', 'https://x.dev/page')).toBe('https://x.dev/agents');
});

test('what is no URL is refused in words', () => {
  expect(() => baseOf('/agents', undefined)).toThrow(
    expect.objectContaining({
      code: 'invalid-target',
      message: '"/agents" is no URL. Give one like https://x.dev.',
      cause: expect.any(TypeError),
    }),
  );
});

test.each([
  'https://ann@x.dev',
  'https://:secret@x.dev',
  'https://x.dev/?token=secret',
  'https://x.dev/#token',
])('a URL that could hold a credential is refused, and not repeated: %s', (url) => {
  expect(() => baseOf(url, undefined)).toThrow(
    expect.objectContaining({
      code: 'credential-in-url',
      message: expect.not.stringMatching(/secret|ann@|#token/),
    }),
  );
});

test('a server in this process is one without http, or of the name that a runtime gives', () => {
  expect(['perdure:', 'https://perdure.internal', 'http://perdure.internal/a'].map(isInProcess)).toEqual([
    true,
    true,
    true,
  ]);
  const far = ['http://x.dev', 'https://x.dev', 'https://perdure.internal.x.dev'];
  expect(far.map(isInProcess)).toEqual([false, false, false]);
});
