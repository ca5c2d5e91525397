import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalWorkspace } from './local-workspace.ts';
import type { Addressing } from './open-in-workspace.ts';

let home = '';
let root = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'workspace-'));
  root = join(home, 'scratch');
  await mkdir(root);
});
afterEach(() => rm(home, { recursive: true, force: true }));

// The second is what other systems have: it must refuse the same, if nobody races.
describe.each<Addressing>(['descriptor', 'path'])('LocalWorkspace by %s', (addressing) => {
  const open = (limits = {}) => new LocalWorkspace(root, { limits, addressing });

  it('writes, reads, lists and searches its files', async () => {
    const workspace = open();
    expect(await workspace.write('notes.md', 'Buy milk\nand bread\n')).toEqual({ bytes: 19, isNew: true });
    expect(await workspace.write('src/deep/add.js', 'export const add = 1;\n')).toMatchObject({
      isNew: true,
    });
    expect(await workspace.write('notes.md', 'Buy Milk\n')).toEqual({ bytes: 9, isNew: false });
    expect(await workspace.read('notes.md')).toEqual({ text: 'Buy Milk\n', bytes: 9, isCut: false });
    expect(await workspace.list()).toEqual({
      entries: [
        { path: 'notes.md', kind: 'file', bytes: 9 },
        { path: 'src', kind: 'directory', bytes: 0 },
        { path: 'src/deep', kind: 'directory', bytes: 0 },
        { path: 'src/deep/add.js', kind: 'file', bytes: 22 },
      ],
      isCut: false,
    });
    expect((await workspace.list('src')).entries.map(({ path }) => path)).toEqual([
      'src/deep',
      'src/deep/add.js',
    ]);
    expect(await workspace.search('milk')).toEqual({
      matches: [{ path: 'notes.md', line: 1, text: 'Buy Milk' }],
      isCut: false,
    });
    expect((await workspace.search('ADD', { path: 'src' })).matches).toMatchObject([
      { path: 'src/deep/add.js', line: 1 },
    ]);
    expect(await workspace.usage()).toEqual({ files: 4, bytes: 31 });
  });

  it('tells a file that is not there from one it may not open', async () => {
    expect(await open().read('none.md')).toBeUndefined();
    expect(await open().read('none/none.md')).toBeUndefined();
    await expect(open().read('')).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('refuses paths that lead outside: by .., absolute, or to a sibling with the same beginning', async () => {
    await mkdir(join(home, 'scratch-2'));
    await writeFile(join(home, 'scratch-2', 'secret'), 'secret');
    await writeFile(join(home, 'secret'), 'secret');
    const workspace = open();
    for (const path of [
      '../secret',
      '../scratch-2/secret',
      `${home}/secret`,
      'a/../../secret',
      '/etc/passwd',
    ]) {
      await expect(workspace.read(path)).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(workspace.write(path, 'x')).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(workspace.list(path)).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(workspace.search('secret', { path })).rejects.toMatchObject({ code: 'invalid-input' });
    }
    expect(await readdir(home)).toEqual(['scratch', 'scratch-2', 'secret']);
    expect(await readFile(join(home, 'secret'), 'utf8')).toBe('secret');
  });

  it('follows no link: not to a file, not to a directory, not in the middle, not to nothing', async () => {
    await mkdir(join(home, 'outside'));
    await writeFile(join(home, 'outside', 'secret'), 'secret');
    await mkdir(join(root, 'inside'));
    await symlink(join(home, 'outside', 'secret'), join(root, 'file'));
    await symlink(join(home, 'outside'), join(root, 'directory'));
    await symlink('..', join(root, 'inside', 'up'));
    await symlink(join(home, 'outside', 'new'), join(root, 'dangling'));
    const workspace = open();
    for (const path of ['file', 'directory/secret', 'inside/up/inside', 'dangling']) {
      await expect(workspace.read(path)).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(workspace.write(path, 'x')).rejects.toMatchObject({ code: 'invalid-input' });
    }
    await expect(workspace.list('directory')).rejects.toMatchObject({ code: 'invalid-input' });
    expect((await workspace.search('secret')).matches).toEqual([]);
    expect((await workspace.list()).entries).toEqual([
      { path: 'dangling', kind: 'other', bytes: 0 },
      { path: 'directory', kind: 'other', bytes: 0 },
      { path: 'file', kind: 'other', bytes: 0 },
      { path: 'inside', kind: 'directory', bytes: 0 },
      { path: 'inside/up', kind: 'other', bytes: 0 },
    ]);
    expect(await readdir(join(home, 'outside'))).toEqual(['secret']);
    expect(await readFile(join(home, 'outside', 'secret'), 'utf8')).toBe('secret');
  });

  it('opens no pipe, and does not wait for one', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const workspace = open();
    await expect(workspace.read('pipe')).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(workspace.write('pipe', 'x')).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await workspace.list()).toMatchObject({ entries: [{ path: 'pipe', kind: 'other' }] });
    expect((await workspace.search('x')).matches).toEqual([]);
  });

  it('takes a directory for a file and a file for a directory as little', async () => {
    const workspace = open();
    await workspace.write('src/a.js', '');
    await expect(workspace.read('src')).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(workspace.write('src', '')).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(workspace.write('src/a.js/b', '')).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(workspace.list('src/a.js')).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('cuts what is too long to read, between two characters', async () => {
    const workspace = open();
    await workspace.write('long', 'aé'.repeat(10));
    expect(await workspace.read('long', { maxBytes: 5 })).toEqual({ text: 'aéa', bytes: 30, isCut: true });
    expect(await workspace.read('long', { maxBytes: 30 })).toMatchObject({ isCut: false });
  });

  it('reads no file that is not text, and skips it when it searches', async () => {
    await writeFile(join(root, 'image'), Buffer.from([0x66, 0x6f, 0x6f, 0]));
    const workspace = open();
    await expect(workspace.read('image')).rejects.toMatchObject({ code: 'invalid-input' });
    expect((await workspace.search('foo')).matches).toEqual([]);
  });

  it('says when there is more than it lists or finds', async () => {
    const workspace = open();
    for (const name of ['a', 'b', 'c']) await workspace.write(name, 'word\n');
    expect(await workspace.list('', { maxEntries: 2 })).toMatchObject({ entries: [{}, {}], isCut: true });
    expect(await workspace.list('', { maxEntries: 3 })).toMatchObject({
      entries: [{}, {}, {}],
      isCut: false,
    });
    expect(await workspace.search('word', { maxMatches: 2 })).toMatchObject({ isCut: true });
    expect((await workspace.search('')).matches).toEqual([]);
  });

  it('refuses a file over its size and files over its quota, one byte or one file over', async () => {
    const workspace = open({ fileBytes: 10, bytes: 15, files: 3 });
    await workspace.write('a', 'x'.repeat(10));
    await expect(workspace.write('b', 'x'.repeat(11))).rejects.toMatchObject({
      ...{ code: 'payload-too-large', details: { limit: 'fileBytes', max: 10, current: 11 } },
    });
    await expect(workspace.write('b', 'x'.repeat(6))).rejects.toMatchObject({
      ...{ code: 'limit-exceeded', details: { limit: 'bytes', max: 15, current: 16 } },
    });
    await workspace.write('b', 'x'.repeat(5));
    await workspace.write('a', 'x'); // makes room
    await workspace.write('c', 'x'.repeat(9));
    await expect(workspace.write('d', '')).rejects.toMatchObject({
      ...{ code: 'limit-exceeded', details: { limit: 'files', max: 3, current: 4 } },
    });
    expect((await workspace.list()).entries).toHaveLength(3);
    expect(await workspace.usage()).toEqual({ files: 3, bytes: 15 });
  });

  it('counts directories too, and what a program has written once it is told', async () => {
    const workspace = open({ files: 3 });
    await expect(workspace.write('a/b/c/d', '')).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(await workspace.usage()).toEqual({ files: 3, bytes: 0 });
    await rm(join(root, 'a'), { recursive: true });
    await writeFile(join(root, 'by-a-program'), 'four');
    workspace.touched();
    expect(await workspace.usage()).toEqual({ files: 1, bytes: 4 });
  });

  it('keeps its quota when many write at once', async () => {
    const workspace = open({ bytes: 10 });
    const writes = ['a', 'b', 'c', 'd'].map((name) => workspace.write(name, 'four'));
    const settled = await Promise.allSettled(writes);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  });

  it('writes files for its user alone, and leaves no draft behind', async () => {
    const workspace = open();
    await workspace.write('a/b', 'x');
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, 'a/b'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(root, 'a'))).toEqual(['b']);
  });

  it('leaves no descriptor open, whatever is refused', async () => {
    const descriptors = async () => (await readdir('/proc/self/fd')).length;
    const workspace = open();
    await workspace.write('a/b', 'x');
    await symlink('/', join(root, 'link'));
    const before = await descriptors();
    for (const path of ['a/b', 'a', 'none', 'a/none/none', 'link', 'link/etc', '../x', 'a/b/c']) {
      await Promise.allSettled([workspace.read(path), workspace.list(path), workspace.search('x', { path })]);
      await Promise.allSettled([workspace.write(`${path}/x`, 'x')]);
    }
    await workspace.list('', { maxEntries: 1 });
    expect(await descriptors()).toBe(before);
  });
});
