import { describe, expect, it } from 'vitest';
import { segmentsOf } from './workspace-path.ts';

describe('segmentsOf', () => {
  it.each([
    ['', []],
    ['.', []],
    ['notes.md', ['notes.md']],
    ['./notes.md', ['notes.md']],
    ['src/a b/ü.ts', ['src', 'a b', 'ü.ts']],
    ['src/', ['src']],
    ['..notes', ['..notes']],
    ['a'.repeat(255), ['a'.repeat(255)]],
  ])('takes %j', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments);
  });

  it.each([
    ['/etc/passwd', /absolute/],
    ['//server/share', /absolute/],
    ['..', /"\.\."/],
    ['../scratch-2/notes.md', /"\.\."/],
    ['a/../../b', /"\.\."/],
    ['a/./b', /"\."/],
    ['a//b', /empty part/],
    ['a\\..\\b', /backslash/],
    ['C:\\notes.md', /backslash/],
    ['a\0b', /control character/],
    ['a\nb', /control character/],
    ['a'.repeat(256), /too long/],
    ['é'.repeat(128), /too long/],
    ['a/'.repeat(33), /levels deep/],
  ])('refuses %j', (path, reason) => {
    expect(() => segmentsOf(path)).toThrow(reason);
    expect(() => segmentsOf(path)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});
