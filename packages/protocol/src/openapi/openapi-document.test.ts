import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { contract } from '../contract/contract.ts';
import { errorCodesOf } from '../contract/error-codes-of.ts';
import { leavesOf } from '../contract/leaf.ts';
import { errorTable } from '../error-codes.ts';
import type { Json, JsonObject } from '../json.ts';
import { openApiDocument } from './openapi-document.ts';

const document = openApiDocument({ serverVersion: '1.2.3', basePath: '/agents' });
const routes = [...leavesOf(contract)].flatMap(([path, leaf]) =>
  leaf.rest === undefined ? [] : [{ path, leaf, rest: leaf.rest }],
);

function operation(id: string): JsonObject {
  const all = Object.values(document.paths).flatMap((path) => Object.values(path));
  const found = all.find(({ operationId }) => operationId === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

/** Every value in a document under a name, at any depth. */
function valuesOf(name: string, value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...(key === name ? [part] : []),
    ...valuesOf(name, part),
  ]);
}

const asJson = JSON.parse(JSON.stringify(document)) as JsonObject;

describe('the OpenAPI document', () => {
  it('is a valid document of OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(result).toEqual({ valid: true });
  });

  it('is the same each time it is made', () => {
    const again = openApiDocument({ serverVersion: '1.2.3', basePath: '/agents' });
    expect(JSON.stringify(again)).toBe(JSON.stringify(document));
  });

  it('tells the version of the server and what stands before its paths', () => {
    expect(document.info).toMatchObject({ version: '1.2.3' });
    expect(document.servers).toEqual([{ url: '/agents' }]);
    expect(openApiDocument({ serverVersion: '1.2.3' }).servers).toEqual([{ url: '/' }]);
  });

  it('refers to nothing that is not in it', () => {
    const names = (kind: 'schemas' | 'responses') =>
      Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`);
    const known = new Set<Json>([...names('schemas'), ...names('responses')]);
    const references = valuesOf('$ref', asJson);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
  });

  it('has no pattern that nobody can read', () => {
    const patterns = valuesOf('pattern', asJson).map(String);
    expect(patterns.filter((pattern) => pattern.length > 60)).toEqual([]);
  });

  it('describes every route of the contract, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(
      routes.map(({ rest }) => `${rest.method.toLowerCase()} ${rest.path}`).sort(),
    );
  });

  it.each(routes)('$path: every status of success and of every error code', ({ path, leaf, rest }) => {
    const success = rest.created === undefined ? [rest.status ?? 200] : [200, 201];
    const errors = errorCodesOf(leaf).map((code) => errorTable[code].status);
    const statuses = [...new Set([...success, ...errors])].map(String).sort();
    expect(Object.keys(operation(path)['responses'] ?? {}).sort()).toEqual(statuses);
  });

  it('lists at each status of an error the codes that have it', () => {
    const { $ref } =
      (operation('sessions.submit')['responses'] as Record<string, { $ref: string }>)['409'] ?? {};
    const response = document.components.responses[$ref?.split('/').at(-1) ?? ''] ?? {};
    expect(valuesOf('enum', response)).toEqual([
      ['agent-not-active', 'idempotency-mismatch', 'session-archived'],
    ]);
  });
});

describe('an operation', () => {
  it('that appends takes its command id as a header too', () => {
    const headers = (id: string) => (operation(id)['parameters'] as JsonObject[]).map(({ name }) => name);
    expect(headers('sessions.submit')).toContain('Idempotency-Key');
    expect(headers('sessions.queue.remove')).toContain('Idempotency-Key');
    expect(headers('sessions.list')).not.toContain('Idempotency-Key');
  });

  it('has the id of its session in the path, and no field of the path in the body', () => {
    const { parameters, requestBody } = operation('sessions.queue.update');
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'id', in: 'path', required: true }));
    const schema = valuesOf('schema', requestBody ?? null)[0] as JsonObject;
    expect(Object.keys(schema['properties'] ?? {})).toEqual(['commandId', 'content']);
    expect(schema['required']).toEqual(['content']);
  });

  it('tells how lists, flags and records are written in a query', () => {
    const { parameters } = operation('sessions.list');
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'ids', style: 'form', explode: true }));
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: 'archived', description: '`true` or `false`.' }),
    );
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'metadata',
        style: 'deepObject',
        description: 'One parameter for each key, written `metadata.<key>=<value>`.',
      }),
    );
  });

  it('that can be followed answers with a stream of frames too', () => {
    const { responses, parameters } = operation('sessions.events');
    expect(JSON.stringify(responses)).toContain('text/event-stream');
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'Last-Event-ID', in: 'header' }));
    expect(document.components.schemas['FollowFrame']).toMatchObject({ oneOf: expect.any(Array) });
  });

  it('that answers 204 answers without a body', () => {
    const { responses } = operation('sessions.delete');
    expect((responses as JsonObject)['204']).toEqual({ description: expect.any(String) });
  });

  it('needs a credential unless all may ask', () => {
    expect(document.security).toEqual([{ bearer: [] }]);
    expect(operation('meta.hello')['security']).toEqual([{}, { bearer: [] }]);
    expect(operation('sessions.get')['security']).toBeUndefined();
  });
});
