import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onOnline, onVisible, pageStorage } from './page.ts';
import { systemClock } from './system-clock.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
const ambient =
  /\b(Date\b|Math\.random|setTimeout|setInterval|queueMicrotask|performance\b|crypto\b|process\b|document\b|window\b|localStorage)/;

/** The code without comments and text. */
const codeOf = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|`[^`]*`/g, '');

describe('the platform', () => {
  it('[F11] is asked for in two files only, so that a simulator can own time and chance', () => {
    const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
    expect(files.length).toBeGreaterThan(20);
    const users = files.filter((file) => ambient.test(codeOf(readFileSync(`${source}/${file}`, 'utf8'))));
    expect(users.sort()).toEqual(['platform/page.ts', 'platform/system-clock.ts']);
  });

  it('[F11] may lack a page', () => {
    expect(pageStorage()).toBeUndefined();
    onVisible(() => {})();
    onOnline(() => {})();
  });

  it('makes ids of 128 random bits, and timers that can be called off', async () => {
    const ids = new Set(Array.from({ length: 100 }, () => systemClock.id()));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    const ran: string[] = [];
    systemClock.after(1, () => ran.push('off'))();
    await new Promise<void>((resolve) => systemClock.after(2, resolve));
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    expect(ran).toEqual([]);
    expect(systemClock.random()).toBeLessThan(1);
  });
});
