import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { errorTable } from '../error-codes.ts';
import { contract } from './contract.ts';
import { wireErrorCodes } from './error-answer-schema.ts';
import { errorCodesOf, hasBody } from './error-codes-of.ts';
import { inputPlacesOf } from './input-places.ts';
import { leavesOf } from './leaf.ts';

const leaves = [...leavesOf(contract)];
const routes = leaves.flatMap(([path, leaf]) =>
  leaf.rest === undefined ? [] : [{ path, leaf, rest: leaf.rest }],
);

const fieldsOf = (schema: z.ZodType) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

describe('the contract', () => {
  it('has each path once, and each route once', () => {
    const names = routes.map(({ rest }) => `${rest.method} ${rest.path.replaceAll(/\{\w+\}/g, '{}')}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(leaves.map(([path]) => path)).size).toBe(leaves.length);
  });

  it('only subscriptions have no route', () => {
    const without = leaves.filter(([, leaf]) => leaf.rest === undefined).map(([, leaf]) => leaf.kind);
    expect(new Set(without)).toEqual(new Set(['subscription']));
  });

  it('reads with GET, and with nothing else', () => {
    for (const { path, leaf, rest } of routes) {
      if (leaf.kind !== 'http') expect([path, rest.method === 'GET']).toEqual([path, leaf.kind === 'query']);
    }
  });

  it('names in each path fields of the input, and in `created` one of the output', () => {
    for (const { path, leaf, rest } of routes) {
      const input = fieldsOf(leaf.input);
      for (const field of inputPlacesOf(leaf).path.values())
        expect([path, input]).toEqual([path, expect.arrayContaining([field])]);
      if (rest.created !== undefined) expect(fieldsOf(leaf.output)).toContain(rest.created);
    }
  });

  it('names as stream a subscription that takes what the route takes', () => {
    const streams = routes.flatMap(({ leaf, rest }) =>
      rest.stream === undefined ? [] : [[leaf, rest.stream] as const],
    );
    expect(streams).toHaveLength(1);
    for (const [leaf, stream] of streams) {
      const [, target] = leaves.find(([path]) => path === stream) ?? [];
      expect(target?.kind).toBe('subscription');
      expect(errorCodesOf(leaf)).toEqual(expect.arrayContaining([...(target?.errors ?? [])]));
    }
  });

  it('lists as its own no code that follows from the kind of leaf', () => {
    const ofKind = [
      'unauthenticated',
      'forbidden',
      'limit-exceeded',
      'invalid-input',
      'internal',
      'shutting-down',
    ];
    for (const [path, leaf] of leaves) {
      expect([path, leaf.errors.filter((code) => ofKind.includes(code))]).toEqual([path, []]);
    }
  });
});

describe('the codes of a leaf', () => {
  const codesOf = (name: string) => {
    const [, leaf] = leaves.find(([path]) => path === name) ?? [];
    if (leaf === undefined) throw new Error(`no leaf ${name}`);
    return errorCodesOf(leaf);
  };

  it('[G7] are of the table, each once, and can answer a request', () => {
    for (const [path, leaf] of leaves) {
      const codes = errorCodesOf(leaf);
      expect([path, new Set(codes).size]).toEqual([path, codes.length]);
      expect(wireErrorCodes).toEqual(expect.arrayContaining([...codes]));
      expect(codes).toEqual(expect.arrayContaining([...leaf.errors, 'internal', 'limit-exceeded']));
    }
  });

  it('[G7] are together every code that can answer a request, but the one that says there is no leaf', () => {
    const answered = new Set(leaves.flatMap(([, leaf]) => errorCodesOf(leaf)));
    expect(wireErrorCodes.filter((code) => !answered.has(code))).toEqual(['unknown-procedure']);
    for (const code of answered) expect(errorTable[code].status).toBeGreaterThanOrEqual(400);
  });

  it('have those of a credential unless all may ask', () => {
    expect(codesOf('meta.hello')).not.toContain('unauthenticated');
    expect(codesOf('sessions.list')).toEqual(expect.arrayContaining(['unauthenticated', 'forbidden']));
  });

  it('have those of a body only where there is one', () => {
    const ofBody = ['malformed-json', 'payload-too-large', 'unsupported-media-type'];
    expect(codesOf('sessions.submit')).toEqual(expect.arrayContaining(ofBody));
    for (const name of ['sessions.list', 'sessions.delete']) {
      expect(codesOf(name).filter((code) => ofBody.includes(code))).toEqual([]);
    }
  });

  it('have the one of a full disk only where something is written', () => {
    expect(codesOf('sessions.delete')).toContain('storage-read-only');
    expect(codesOf('files.write')).toContain('storage-read-only');
    expect(codesOf('sessions.get')).not.toContain('storage-read-only');
    expect(codesOf('files.read')).not.toContain('storage-read-only');
  });
});

describe('the places of an input', () => {
  it('are path, query and body, each field in one of them', () => {
    for (const { path, leaf } of routes) {
      const { path: inPath, query, body } = inputPlacesOf(leaf);
      const placed = [...inPath.values(), ...query, ...body].sort();
      expect([path, placed]).toEqual([path, fieldsOf(leaf.input).sort()]);
      if (!hasBody(leaf)) expect([path, body]).toEqual([path, []]);
    }
  });

  it('are told for a message', () => {
    const { path, query, body, idempotent } = inputPlacesOf(contract.sessions.submit);
    expect([...path]).toEqual([['id', 'sessionId']]);
    expect(query).toEqual([]);
    expect(body).toContain('content');
    expect(idempotent).toBe(true);
  });

  it('are the query where the body is no JSON', () => {
    expect(inputPlacesOf(contract.sessions.import)).toMatchObject({
      query: ['id'],
      body: [],
      idempotent: false,
    });
  });
});
