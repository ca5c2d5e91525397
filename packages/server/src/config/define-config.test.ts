import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerdureError } from '@perdure/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { resolveServe } from '../bin/resolve-serve.ts';
import { createAgentRuntime } from '../agent-runtime.ts';
import { echoAgent } from '../environment/echo-agent.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import { defineConfig } from './define-config.ts';
import type { AgentRuntimeOptions } from './runtime-options.ts';

const agents = { echo: echoAgent() };

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(PerdureError);
    expect((error as PerdureError).code).toBe('config-invalid');
    return (error as PerdureError).message;
  }
  return 'accepted';
}

/** As a config in JavaScript would have it: of any type. */
const define = (config: object) => refusalOf(() => defineConfig({ agents, ...config }));

describe('defineConfig', () => {
  it('[Q21] takes every option', () => {
    const options: Required<Omit<AgentRuntimeOptions, 'authorizer' | 'limiter' | 'pages'>> = {
      host: { type: 'local' },
      store: { type: 'sqlite', directory: './x', durability: 'process' },
      agents,
      authenticate: () => null,
      tokens: ['a-token'],
      data: { 'chart:ready': z.string() },
      limits: { bodyBytes: 10 },
      origins: ['https://a.example'],
      publicUrl: 'https://b.example/agents',
      retention: { keepEvents: 100 },
      basePath: '/agents',
      logger: 'warn',
    };
    expect(define(options)).toBe('accepted');
    expect(define({ store: { type: 'memory' } })).toBe('accepted');
    expect(define({ store: new MemorySessionStore() })).toBe('accepted');
    expect(define({ listen: { port: 0, host: '::1' } })).toBe('accepted');
  });

  it.each<[field: string, config: object]>([
    ['orgins', { orgins: [] }],
    ['host.type: "clustered"', { host: { type: 'clustered' } }],
    ['host.type: "durable-object"', { host: { type: 'durable-object' } }],
    ['store', { store: { type: 'postgres' } }],
    ['store.directory', { store: { type: 'sqlite' } }],
    ['store', { store: { type: 'sqlite', directory: 'x', dir: 'y' } }],
    ['store.durability', { store: { type: 'sqlite', directory: 'x', durability: 'none' } }],
    ['store', { store: {} }],
    ['store', { store: 'sqlite' }],
    ['agents', { agents: {} }],
    ['agents', { agents: undefined }],
    ['agents.a', { agents: { a: {} } }],
    ['agents.a', { agents: { a: () => {} } }],
    ['authenticate', { authenticate: 'x' }],
    ['authenticate', { authenticate: {} }],
    ['tokens.0', { tokens: ['with blank'] }],
    ['tokens.0', { tokens: [''] }],
    ['limits.bodyBytes', { limits: { bodyBytes: -1 } }],
    ['limits.bodyBytes', { limits: { bodyBytes: 1.5 } }],
    ['limits.bodyByte', { limits: { bodyByte: 1 } }],
    ['retention.keepEvents', { retention: { keepEvents: 99 } }],
    ['retention.keepEvents', { retention: { keepEvents: 100.5 } }],
    ['retention.keepEvents', { retention: {} }],
    ['retention', { retention: 1_000 }],
    ['keepDays', { retention: { keepEvents: 1_000, keepDays: 3 } }],
    ['origins.0', { origins: ['example.org'] }],
    ['origins.0', { origins: ['https://a.example/'] }],
    ['origins.0', { origins: ['*'] }],
    ['origins.0', { origins: ['null'] }],
    ['publicUrl', { publicUrl: 'ftp://a' }],
    ['basePath', { basePath: 'agents' }],
    ['basePath', { basePath: '/agents/' }],
    ['basePath', { basePath: '/../x' }],
    ['logger', { logger: 'loud' }],
    ['logger', { logger: {} }],
    ['pages.directory', { pages: {} }],
    ['listen.port', { listen: { port: 65_536 } }],
  ])('[Q21] %s is named', (field, config) => {
    expect(define(config)).toContain(field);
  });

  it('[A1] an unknown type of host is refused by its name, by the runtime too', () => {
    const options = { agents, host: { type: 'clustered' } } as unknown as AgentRuntimeOptions;
    expect(refusalOf(() => createAgentRuntime(options))).toContain('"clustered"');
  });
});

describe('what stands on the command line', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'perdure-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  const refused = async (flags: Parameters<typeof resolveServe>[0]) => {
    const error: unknown = await resolveServe(flags).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid' });
    return (error as PerdureError).message;
  };

  it('[Q21] files that cannot be used are named', async () => {
    expect(await refused({ config: join(directory, 'none.json') })).toContain('none.json');
    expect(await refused({ config: 'perdure.yaml' })).toContain('perdure.yaml must end in');
    expect(await refused({ config: await file('half.json', '{') })).toContain('half.json cannot be loaded');
    expect(await refused({ config: await file('thrown.mjs', 'throw new Error("no model")') })).toContain(
      'no model',
    );
    expect(await refused({ config: await file('bare.mjs', 'export const a = 1') })).toContain(
      'no default export',
    );
    expect(await refused({ config: await file('null.json', 'null') })).toContain('config');
    expect(await refused({ tokenFile: join(directory, 'none') })).toContain('ENOENT');
    expect(await refused({ tokenFile: await file('empty', '\n\n') })).toContain('holds no token');
  });

  it('[Q21] flags win over the file, and tokens of both are good', async () => {
    const config = await file(
      'all.json',
      JSON.stringify({
        listen: { port: 1, host: '::1' },
        tokens: ['a'],
        origins: ['https://a.example'],
        logger: 'error',
      }),
    );
    const plan = await resolveServe({
      config,
      port: 2,
      token: 'b',
      origin: ['https://b.example'],
      logLevel: 'debug',
      data: 'd',
    });
    expect(plan.listen).toEqual({ port: 2, host: '::1' });
    expect(plan.options).toMatchObject({
      tokens: ['b', 'a'],
      origins: ['https://b.example'],
      logger: 'debug',
      store: { type: 'sqlite', directory: 'd' },
    });
    expect(plan.warnings).toHaveLength(1);
    expect((await resolveServe({ config })).options).toMatchObject({ tokens: ['a'], logger: 'error' });
    expect(Object.keys((await resolveServe({})).options.agents)).toEqual(['echo']);
  });
});
