import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalWorkspace } from './local-workspace.ts';
import { runNodeTests } from './run-node-tests.ts';

let workspace = new LocalWorkspace('');
const { signal } = new AbortController();

beforeEach(async () => {
  workspace = new LocalWorkspace(await mkdtemp(join(tmpdir(), 'workspace-')));
});
afterEach(() => rm(workspace.directory, { recursive: true, force: true }));

const test = (body: string, imports = '') =>
  `import test from 'node:test';\nimport assert from 'node:assert';\n${imports}\ntest('works', async () => {${body}});\n`;

/** The process ids that a test has written down, as soon as all of them are there. */
async function writtenPids(): Promise<number[]> {
  const text = async () => (await workspace.read('pids'))?.text;
  await expect.poll(text, { timeout: 20_000 }).toMatch(/^\d+ \d+;$/);
  return (await text())?.match(/\d+/g)?.map(Number) ?? [];
}

/** Whether a process of this id runs; one that has ended and waits for its parent does not. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}

/** Starts a process that leaves its group, writes down who is there, and goes on or not. */
const lingering = (stdio: 'inherit' | 'ignore') => `
  import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  const options = { detached: true, stdio: '${stdio}' };
  const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options);
  grandchild.unref();
  writeFileSync('pids', process.pid + ' ' + grandchild.pid + ';');
`;

describe('runNodeTests', () => {
  it('tells what passed and what failed, with what was written', async () => {
    await workspace.write('good.test.mjs', test('assert.equal(1 + 1, 2)'));
    await workspace.write('bad.test.mjs', test('assert.equal(1 + 1, 3)'));
    const good = await runNodeTests(workspace, ['good.test.mjs'], { signal });
    expect(good).toMatchObject({ status: 'passed', output: expect.stringContaining('# pass 1') });
    expect(good.durationMs).toBeGreaterThan(0);
    const both = await runNodeTests(workspace, ['good.test.mjs', 'bad.test.mjs'], { signal });
    expect(both).toMatchObject({ status: 'failed', output: expect.stringMatching(/# pass 1\n# fail 1/) });
  });

  it('gives it an environment without secrets', async () => {
    const before = process.env['OPENAI_API_KEY'];
    process.env['OPENAI_API_KEY'] = 'sk-secret';
    try {
      const body = `assert.deepEqual(Object.keys(process.env).filter((name) => !name.startsWith('NODE_TEST')).sort(),
        ['HOME', 'LANG', 'PATH', 'TERM', 'WORKSPACE_PROCESS']); assert.equal(process.env.HOME, process.cwd());`;
      await workspace.write('env.test.mjs', test(body));
      expect(await runNodeTests(workspace, ['env.test.mjs'], { signal })).toMatchObject({ status: 'passed' });
    } finally {
      if (before === undefined) delete process.env['OPENAI_API_KEY'];
      else process.env['OPENAI_API_KEY'] = before;
    }
  });

  it.each(['../outside.mjs', '/etc/passwd', 'a;b/../c', ''])('refuses %j', async (file) => {
    await expect(runNodeTests(workspace, [file], { signal })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    await expect(runNodeTests(workspace, [], { signal })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('takes no file name for an option or for a command', async () => {
    await workspace.write('--eval=process.exit(7)', '');
    await workspace.write('$(touch made).mjs', test(''));
    const options = await runNodeTests(workspace, ['--eval=process.exit(7)'], { signal });
    expect(options.output).toContain('eval=process.exit(7)');
    expect(await runNodeTests(workspace, ['$(touch made).mjs'], { signal })).toMatchObject({
      status: 'passed',
    });
    expect(await workspace.read('made')).toBeUndefined();
  });

  it('kills what takes too long or writes too much', async () => {
    await workspace.write('long.test.mjs', test('await new Promise(() => setInterval(() => {}, 1000))'));
    expect(await runNodeTests(workspace, ['long.test.mjs'], { signal, timeoutMs: 300 })).toMatchObject({
      ...{ status: 'stopped', stopped: 'time' },
    });
    await workspace.write('loud.test.mjs', 'for (;;) console.log("words ".repeat(1000));');
    const loud = await runNodeTests(workspace, ['loud.test.mjs'], { signal, maxOutputBytes: 5_000 });
    expect(loud).toMatchObject({ status: 'stopped', stopped: 'output' });
    expect(Buffer.byteLength(loud.output)).toBe(5_000);
  });

  it.runIf(process.platform === 'linux')(
    'leaves no process when it is aborted, not even one that left its group',
    async () => {
      await workspace.write('linger.test.mjs', `${lingering('inherit')} setInterval(() => {}, 1000);`);
      const abort = new AbortController();
      const settled = runNodeTests(workspace, ['linger.test.mjs'], { signal: abort.signal });
      const pids = await writtenPids();
      expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
      abort.abort(new Error('Enough.'));
      await expect(settled).rejects.toThrow('Enough.');
      expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
    },
  );

  it.runIf(process.platform === 'linux')('leaves no process when it ends by itself', async () => {
    await workspace.write('linger.test.mjs', lingering('ignore'));
    const outcome = await runNodeTests(workspace, ['linger.test.mjs'], { signal });
    expect(outcome.status).toBe('passed');
    const pids = await writtenPids();
    expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  });

  it('does not begin when it is aborted already', async () => {
    const aborted = AbortSignal.abort(new Error('Too late.'));
    await expect(runNodeTests(workspace, ['a'], { signal: aborted })).rejects.toThrow('Too late.');
  });
});
