import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalWorkspace } from './local-workspace.ts';
import { type Addressing, HeldDirectory } from './open-in-workspace.ts';
import { readLines, replaceFile } from './workspace-file.ts';

let home = '';
let root = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'workspace-'));
  root = join(home, 'scratch');
  for (const directory of [root, join(home, 'outside')]) await mkdir(directory);
  await writeFile(join(home, 'outside', 'file'), 'outside');
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Puts a link where a directory is, and a link where a file is, and back, as fast as it can. */
const swapper = `
  const { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
  const { workerData: root, parentPort } = require('node:worker_threads');
  const at = (name) => root + '/' + name;
  const move = (from, to) => renameSync(at(from), at(to));
  const reset = () => {
    for (const name of ['place', 'parked', 'link-to-directory', 'link-to-file']) {
      rmSync(at(name), { recursive: true, force: true });
    }
    mkdirSync(at('place'));
    writeFileSync(at('place/file'), 'inside');
    symlinkSync('../outside', at('link-to-directory'));
    symlinkSync('../../outside/file', at('link-to-file'));
  };
  const swap = () => {
    try {
      for (let i = 0; i < 50; i++) {
        move('place', 'parked'); move('link-to-directory', 'place');
        move('place', 'link-to-directory'); move('parked', 'place');
        move('place/file', 'place/parked'); move('link-to-file', 'place/file');
        move('place/file', 'link-to-file'); move('place/parked', 'place/file');
      }
    } catch {
      // A write of the other side made a directory in the gap, and may do so again in this one.
      try { reset(); } catch {}
    }
    setImmediate(swap);
  };
  reset();
  swap();
  parentPort.postMessage('swapping');
`;

describe('openInWorkspace', () => {
  it.runIf(process.platform === 'linux')(
    'never reads or writes outside while links are swapped in and out',
    async () => {
      const workspace = new LocalWorkspace(root);
      const worker = new Worker(swapper, { eval: true, workerData: root });
      await new Promise((resolve) => worker.once('message', resolve));
      const seen = { inside: 0, refused: 0, missing: 0 };
      try {
        // Until the race was met often enough from both sides.
        while (seen.inside < 500 || seen.refused < 500) {
          const text = await workspace.read('place/file').then(
            (file) => file?.text ?? 'missing',
            () => 'refused',
          );
          expect(text).not.toBe('outside');
          seen[text as keyof typeof seen]++;
          if (text === 'refused') await workspace.write('place/new', 'written').catch(() => {});
        }
      } finally {
        await worker.terminate();
      }
      const { entries } = await new LocalWorkspace(join(home, 'outside')).list();
      expect(entries).toEqual([{ path: 'file', kind: 'file', bytes: 7 }]);
    },
    60_000,
  );

  it.each<[Addressing, string[] | undefined]>([
    ['descriptor', ['inside']], // the directory that is held, wherever it is now
    ['path', undefined], // refused: the path leads elsewhere now
  ])(
    'never reads outside when a link takes the place of a directory it holds, by %s',
    async (addressing, lines) => {
      await mkdir(join(root, 'place'));
      await writeFile(join(root, 'place', 'file'), 'inside');
      const held = await HeldDirectory.open(root, addressing);
      const place = await held.directory('place');
      await rename(join(root, 'place'), join(root, 'parked'));
      await symlink(join(home, 'outside'), join(root, 'place'));
      try {
        if (lines === undefined)
          await expect(place.file('file')).rejects.toMatchObject({ code: 'invalid-input' });
        else expect(await readLines(place, 'file', 100)).toEqual(lines);
      } finally {
        await place.close();
        await held.close();
      }
    },
  );
});

describe('replaceFile', () => {
  it('leaves no draft behind when it cannot replace', async () => {
    await mkdir(join(root, 'taken'));
    const held = await HeldDirectory.open(root);
    await expect(replaceFile(held, 'taken', Buffer.from('x'))).rejects.toThrow();
    expect((await held.entries()).map(({ name }) => name)).toEqual(['taken']);
    await held.close();
  });
});
