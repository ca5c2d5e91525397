import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalWorkspaces } from './local-workspaces.ts';

let directory = '';

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'workspaces-')), 'workspaces');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const owner = (sessionId: string, tenantId = 'default', createdAt = '2026-01-01T00:00:00.000Z') => ({
  sessionId,
  tenantId,
  createdAt,
});

describe('LocalWorkspaces', () => {
  it('gives each session a directory of its own, with a name that says nothing, for its user alone', async () => {
    const workspaces = new LocalWorkspaces(directory);
    const owners = [
      owner('a'),
      owner('b'),
      owner('a', 'other'),
      owner('a', 'default', '2026-01-02T00:00:00.000Z'), // made anew after it was deleted
      owner('../../etc'),
    ];
    const opened = await Promise.all(owners.map((one) => workspaces.forSession(one)));
    const names = opened.map((workspace) => workspace.directory.slice(directory.length + 1));
    expect(new Set(names).size).toBe(5);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect((await readdir(directory)).sort()).toEqual([...names, 'index.jsonl'].sort());
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(opened[0]?.directory ?? '')).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'index.jsonl'))).mode & 0o777).toBe(0o600);
  });

  it('gives a session the same one again, at once, at the same time and after a restart', async () => {
    const workspaces = new LocalWorkspaces(directory);
    const [first, second] = await Promise.all([
      workspaces.forSession(owner('a')),
      workspaces.forSession(owner('a')),
    ]);
    expect(second).toBe(first);
    await first.write('notes.md', 'still here');
    const again = await new LocalWorkspaces(directory).forSession(owner('a'));
    expect(again.directory).toBe(first.directory);
    expect(await again.read('notes.md')).toMatchObject({ text: 'still here' });
    expect((await readFile(join(directory, 'index.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  it('reads past lines that a crash cut off, and names that are not its own', async () => {
    const first = await new LocalWorkspaces(directory).forSession(owner('a'));
    const stranger = JSON.stringify({ ...owner('b'), name: '../..' });
    await appendFile(join(directory, 'index.jsonl'), `${stranger}\n{"tenantId":"default","sess`);
    const workspaces = new LocalWorkspaces(directory);
    expect((await workspaces.forSession(owner('a'))).directory).toBe(first.directory);
    const b = await workspaces.forSession(owner('b'));
    expect(b.directory).toMatch(/[0-9a-f]{32}$/);
    expect((await new LocalWorkspaces(directory).forSession(owner('b'))).directory).toBe(b.directory);
  });
});
