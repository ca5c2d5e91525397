import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../e2e/support/running-server.ts';
import { runServer, startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { type CanaryName, environmentOf, newCanaries } from './support/canaries.ts';
import { canary, formIn } from './support/canary.ts';
import { visitOfOther, visitOfOwner, visitOfStranger } from './support/canary-visits.ts';
import { forgery } from './support/forgery.ts';
import { Outlets } from './support/outlets.ts';

const config = fileURLToPath(new URL('./support/canaries.config.ts', import.meta.url));
const postgres = fileURLToPath(new URL('../e2e/support/postgres.config.ts', import.meta.url));

/** Where a canary may be. What is not named here may be nowhere. */
const may: Partial<Record<CanaryName, readonly string[]>> = {
  // What people say is theirs, and of all who may read it; it is kept to be read again.
  prompt: ['answers to owner', 'frames to owner', 'database'],
  title: ['answers to owner', 'frames to owner', 'database'],
  metadata: ['answers to owner', 'frames to owner', 'database'],
  // Whoever runs the server has to know which file is not there.
  secretPath: ['log'],
  // A name that is not known is told to whoever said it, and to nobody else.
  garbage: ['answers to stranger', 'frames to stranger'],
};

const canaries = newCanaries();
const home = temporaryDirectory();
afterAll(() => home[Symbol.dispose]());
const env = { ...environmentOf(canaries), HOME: home.path, TMPDIR: home.path };
const directory = join(home.path, 'data');

const escaped = (outlets: Outlets) =>
  outlets.find(canaries).filter(({ canary: name, outlet }) => may[name]?.includes(outlet) !== true);

/** Everything that a terminal obeys, or takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/;

interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** Throws unless every line is an object of the log. */
const linesOf = (log: string): LogLine[] =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a server that was told secrets, and whose agents, login and callers do all that is wrong', () => {
  const outlets = new Outlets();

  beforeAll(async () => {
    await using server = await startServer({ directory, config, env, args: ['--log-level', 'debug'] });
    const visit = { url: server.url, port: server.port, canaries, outlets };
    const ids = await visitOfOwner(visit);
    await visitOfOther(visit, ids);
    await visitOfStranger(visit, ids);
    outlets.hearFiles(home.path);
    await server.kill('SIGTERM');
    outlets.hear('log', server.stderr());
    outlets.hear('stdout', server.stdout());
    outlets.hearFiles(home.path);
  }, 60_000);

  it('[H14][M3][N2] lets no secret out where it may not be, in no form', () => {
    expect(escaped(outlets)).toEqual([]);
  });

  it('[N2] shows to those who may have it what is theirs: what is looked for would be found', () => {
    const found = new Set(outlets.find(canaries).map(({ canary: name, outlet }) => `${name} ${outlet}`));
    const due = Object.entries(may).flatMap(([name, places]) => places.map((place) => `${name} ${place}`));
    expect(due.filter((one) => !found.has(one))).toEqual([]);
  });

  it('[M3] has failed in each of those ways, and says each in one line of its log that nothing can forge', () => {
    const log = outlets.textOf('log');
    const lines = linesOf(log);
    for (const msg of [
      'the agent failed',
      'the environment could not start',
      'a promise was rejected and nobody looked',
      'a request failed',
      'stopped',
    ])
      expect(lines.map((line) => line.msg)).toContain(msg);
    expect(lines.filter(({ level }) => level === 'fatal')).toEqual([]);
    expect(log).toContain('forged'); // it was said
    expect(log).not.toMatch(unprintable);
    const answered = ['answers to stranger', 'frames to stranger', 'answers to other', 'frames to other'];
    for (const code of [
      ...['unauthenticated', 'internal', 'malformed-json', 'invalid-input', 'payload-too-large'],
      ...['unknown-agent', 'credential-in-url', 'session-not-found', 'unsupported-media-type'],
    ])
      expect(answered.map((outlet) => outlets.textOf(outlet)).join()).toContain(`"${code}"`);
  });
});

describe('a server whose agent throws where nobody catches it', () => {
  it('[M3] ends with one line in its log, and lets no secret out', async () => {
    await using server = await startServer({ directory: join(home.path, 'fatal'), config, env });
    const token = canaries.ownerToken.value;
    const body = { agent: 'fatal', message: canaries.prompt.value };
    await ask(`${server.url}/v1/sessions`, 'POST', { token, body }).catch(() => {}); // it may be gone before it answers
    expect(await server.exited).toEqual({ code: 1, signal: null });
    const outlets = new Outlets();
    outlets.hear('log', server.stderr());
    expect(linesOf(server.stderr()).at(-1)).toMatchObject({ level: 'error', err: { type: 'Error' } });
    expect(server.stderr()).not.toMatch(unprintable);
    expect(escaped(outlets)).toEqual([]);
  });
});

describe('a server that cannot start', () => {
  const { staticToken, secretPath, providerKey } = canaries;
  const place = join(home.path, secretPath.core);
  const at = (name: string, content: string) => {
    const file = join(place, name);
    mkdirSync(place, { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const thrown = `throw new Error(\`\${process.env.PROVIDER_API_KEY} \${process.env.DATABASE_URL} ${forgery.replaceAll('"', '\\"')}\`);`;

  it.each([
    ['its directory is a file', () => ({ directory: at('file', '') })],
    [
      'its database is none',
      () => {
        at('perdure.db', `${providerKey.value} is no database`.repeat(100));
        return { directory: place };
      },
    ],
    ['its config breaks off', () => ({ config: at('a.json', `{"tokens": ["${staticToken.core}" oops`) })],
    ['its config is no JSON', () => ({ config: at('b.json', `{"tokens": [${staticToken.core}]}`) })],
    ['a token is none', () => ({ config: at('c.json', `{"tokens": ["${staticToken.core} x"]}`) })],
    ['its config throws', () => ({ config: at('e.mjs', thrown) })],
    ['its token file is not there', () => ({ args: ['--token-file', join(place, 'none')] })],
    ['there are two logins', () => ({ config, env: { PERDURE_TOKEN: staticToken.value } })],
    ['its PostgreSQL is not there', () => ({ config: postgres, env: { DATABASE_SCHEMA: 'a' } })],
  ] as const)('[M3][N2] because %s says so in one line, without a secret', async (_why, plan) => {
    const options: Parameters<typeof runServer>[0] = plan();
    const { code, stdout, stderr } = await runServer({ ...options, env: { ...env, ...options.env } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^perdure: .+\n$/);
    expect(stderr).not.toMatch(unprintable);
    const outlets = new Outlets();
    outlets.hear('log', stderr);
    expect(escaped(outlets)).toEqual([]);
  });
});

describe('a canary', () => {
  it('[N2] is found as it is, in URLs, JSON, base64 and hex, and when much of it was cut off', () => {
    const one = canary('a');
    const { value, core } = one;
    const base64Of = (text: string) => Buffer.from(text).toString('base64');
    for (const text of [
      ...[
        value,
        encodeURIComponent(value),
        JSON.stringify(JSON.stringify(value)),
        core.slice(15),
        core.slice(0, 10),
      ],
      ...['', 'x', 'xy'].map((before) => base64Of(`${before}${value}`)),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${value}`).toString('base64url')),
      ...[Buffer.from(value).toString('hex'), value.slice(0, 12)],
    ])
      expect(formIn(`before ${text} after`, one), text).toBeDefined();
    expect(formIn(canary('a').value, one)).toBeUndefined();
  });
});
