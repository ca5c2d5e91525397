import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executionEnvironmentContract, RecordedSession } from '@perdure/server/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workbenchAgent } from '../agent/workbench-agent.ts';

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'workbench-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A session with the workbench; `ask` resolves with what it said and did. */
async function workbench(sessionId: string) {
  const session = new RecordedSession({ sessionId });
  const environment = workbenchAgent({ directory, wordDelayMs: 0 }).createEnvironment();
  await environment.start(session.context, new AbortController().signal);
  const ask = async (words: string, attempt = 1) => {
    const run = session.begin(words, { attempt });
    const end = await environment.run(run.turn, run.port, run.signal);
    run.end(end);
    const { blocks, text } = run.port;
    const tools = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.toolName] : []));
    const results = blocks.filter((block) => block.type === 'tool_result');
    return { status: end.status, blocks, text, tools, results };
  };
  return { session, environment, ask };
}

describe('workbenchAgent', () => {
  it('writes, reads, lists, searches and adds to real files', async () => {
    const { ask } = await workbench('files');
    expect((await ask('list the files')).text).toContain('no files yet');
    const written = await ask('write notes.md with Buy milk');
    expect(written.tools).toEqual(['write_file']);
    expect(written.text).toBe('Made `notes.md`: 9 bytes.');
    expect((await ask('append and bread to notes.md')).tools).toEqual(['read_file', 'write_file']);
    const read = await ask('read notes.md');
    expect(read.text).toContain('Buy milk\nand bread');
    expect(read.results).toMatchObject([
      { isError: false, output: { file: { text: 'Buy milk\nand bread\n', isCut: false } } },
    ]);
    expect((await ask('search for bread')).text).toContain('`notes.md:2` and bread');
    expect((await ask('list the files')).text).toContain('`notes.md` (19 bytes)');
    expect((await ask('read none.md')).text).toContain('no file `none.md`');
  });

  it('writes a function with its test and runs it', async () => {
    const { ask } = await workbench('function');
    const { tools, text, results, blocks } = await ask(
      'create a function that adds two numbers with a test and run it',
    );
    expect(tools).toEqual(['write_file', 'write_file', 'run_tests']);
    expect(results.at(-1)).toMatchObject({
      isError: false,
      output: { status: 'passed', passed: 1, failed: 0 },
    });
    expect(text).toContain('export function add(a, b)');
    expect(text).toContain('The tests pass: 1 of 1.');
    expect(blocks.map(({ type }) => type)).toContain('thinking');

    await ask(
      'write broken.test.mjs with\n```js\nimport test from "node:test";\ntest("fails", () => { throw new Error("as it should"); });\n```',
    );
    const run = await ask('run the tests');
    expect(run.tools).toEqual(['list_files', 'run_tests']);
    expect(run.text).toMatch(/The tests fail: 1 of 2\. The first says: .*as it should/);

    const summary = await ask('summarise the workspace');
    expect(summary.text).toMatch(/has 3 files/);
    expect(summary.text).toMatch(/`add\.mjs`: 3 lines, with `add`/);
    expect(summary.text).toMatch(/tests that add adds two numbers/);
  });

  it('says what it can do when it understands nothing, knows no such function, or has no tests', async () => {
    const { ask } = await workbench('unknown');
    const unknown = await ask('what is the weather like');
    expect(unknown).toMatchObject({ status: 'completed', tools: [] });
    expect(unknown.text).toMatch(/did not understand.*list the files/s);
    expect((await ask('write a function that bakes bread')).text).toContain('adds two numbers');
    expect((await ask('run the tests')).text).toContain('no tests yet');
    expect((await ask('summarise')).text).toContain('empty');
  });

  it('stays in its directory and says so', async () => {
    const { ask } = await workbench('confined');
    for (const request of ['read ../index.jsonl', 'write ../x.md with x', 'read /etc/hostname.txt']) {
      const { text, results, status } = await ask(request);
      expect(results.at(-1)).toMatchObject({ isError: true, output: text });
      expect(text).toMatch(/cannot be used in a workspace/);
      expect(status).toBe('completed');
    }
    expect(await readdir(directory)).not.toContain('x.md');
  });

  it('finds the files of its session again after a restart, and no other’s', async () => {
    await (await workbench('kept')).ask('write notes.md with still here');
    const again = await workbench('kept');
    expect((await again.ask('read notes.md')).text).toContain('still here');
    expect((await (await workbench('other')).ask('read notes.md')).text).toContain('no file');
  });

  it('speaks word by word, thinks first, and says that it begins again', async () => {
    const { ask, session } = await workbench('words');
    const { blocks } = await ask('list the files', 2);
    expect(blocks[0]).toMatchObject({
      type: 'thinking',
      content: expect.stringMatching(/^I was interrupted/),
    });
    const deltas = session.events.flatMap(({ type, payload }) =>
      type === 'block:delta' ? [(payload as { delta: string }).delta] : [],
    );
    expect(deltas.length).toBeGreaterThan(10);
    for (const delta of deltas) expect(delta).toMatch(/^\s*\S+\s*$/);
  });

  it('stops a test that runs when its run is interrupted', async () => {
    const { ask, session, environment } = await workbench('interrupted');
    await ask(
      'write slow.test.mjs with\n```js\nimport test from "node:test";\ntest("slow", () => new Promise(() => setInterval(() => {}, 1000)));\n```',
    );
    const run = session.begin('run slow.test.mjs');
    const settled = environment.run(run.turn, run.port, run.signal);
    await session.until(() => run.port.blocks.some(({ type }) => type === 'tool_use'));
    run.abort();
    await expect(settled).rejects.toThrow('interrupted');
    expect(run.port.dropped).toEqual([]);
  });

  it('reaches the machine, and says so', () => {
    expect(workbenchAgent({ directory })).toMatchObject({ reach: 'host', onInterrupted: 'ask' });
  });
});

executionEnvironmentContract('the workbench agent', {
  create: () => workbenchAgent({ directory, wordDelayMs: 5 }).createEnvironment(),
  turns: {
    answered: { content: 'list the files' },
    endless: { content: 'help' }, // a hundred words
  },
});
