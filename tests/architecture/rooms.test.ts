import { describe, expect, it } from 'vitest';
import { ambientUses } from './ambient-uses.ts';
import { breachesOf, namedFiles, roomRules, serverSource } from './rooms.ts';
import { parseSource, sourceFiles } from './source-file.ts';

const files = sourceFiles('packages/server/src');
const file = (path: string, text: string) => parseSource(`${serverSource}${path}`, text);

describe('the rooms of the server', () => {
  it.each(Object.entries(roomRules))('%s', (_name, rule) => {
    expect(breachesOf(rule, files)).toEqual([]);
  });

  it('the files that the rules name are there', () => {
    const there = files.map(({ path }) => path.slice(serverSource.length));
    expect(namedFiles().filter((path) => !there.includes(path))).toEqual([]);
  });

  it('every rule finds its breach', () => {
    const breaches = [
      file('session/a.ts', `import type { B } from '../hub/frames.ts';`),
      file('store/session-store.ts', `import { b } from './sqlite/rows.ts';`),
      file('store/memory-session-store.ts', `import { b } from './sqlite-session-store.ts';`),
      file('host/a.ts', `import { b } from '../store/memory-session-store.ts';`),
      file('hub/a.ts', `import { b } from '../testing/index.ts';`),
    ];
    for (const [index, rule] of Object.values(roomRules).entries()) {
      expect(breachesOf(rule, breaches)).toEqual([expect.stringContaining(breaches[index]?.path ?? 'none')]);
    }
  });
});

describe('session/ has no clock, randomness or platform of its own', () => {
  it('asks its ports for all of them', () => {
    const core = files.filter(({ path }) => path.startsWith(`${serverSource}session/`));
    expect(core.flatMap(ambientUses)).toEqual([]);
  });

  it('finds each that is named in code, and none that is named in a type, a property or a comment', () => {
    const sample = file(
      'session/sample.ts',
      `// Date is not used here
       const at = Date.now(), r = Math.random(), id = crypto.randomUUID();
       setTimeout(() => {}, Math.max(1, 2));
       const clean = (clock: { process: Date }) => ({ process: clock.process, ['x']: 'crypto' });`,
    );
    expect(ambientUses(sample)).toEqual([
      'packages/server/src/session/sample.ts:2 uses Date',
      'packages/server/src/session/sample.ts:2 uses Math.random',
      'packages/server/src/session/sample.ts:2 uses crypto',
      'packages/server/src/session/sample.ts:3 uses setTimeout',
    ]);
  });
});
