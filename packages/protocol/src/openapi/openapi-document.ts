import { contract } from '../contract/contract.ts';
import { leavesOf } from '../contract/leaf.ts';
import type { JsonObject } from '../json.ts';
import { jsonSchemasOf } from '../json-schema/json-schemas-of.ts';
import { operationOf } from './operation-of.ts';
import { refusalName, refusalResponse, refusalsOf } from './refusals.ts';

export interface OpenApiOptions {
  readonly serverVersion: string;
  /** What stands before every path, such as `/agents`. Default: nothing. */
  readonly basePath?: string | undefined;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonObject;
  readonly servers: JsonObject[];
  readonly security: JsonObject[];
  readonly tags: JsonObject[];
  readonly paths: Record<string, Record<string, JsonObject>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonObject>>;
    readonly responses: Readonly<Record<string, JsonObject>>;
    readonly securitySchemes: JsonObject;
  };
}

/** The REST side of the contract as OpenAPI 3.1. The same options give the same document. */
export function openApiDocument({ serverVersion, basePath = '' }: OpenApiOptions): OpenApiDocument {
  const leaves = [...leavesOf(contract)];
  const schemas = jsonSchemasOf(
    leaves.flatMap(([, leaf]) => [leaf.input, leaf.output]),
    '#/components/schemas/',
  );
  const paths: OpenApiDocument['paths'] = {};
  const responses: Record<string, JsonObject> = {};
  const tags = new Set<string>();
  for (const [path, leaf] of leaves) {
    if (leaf.rest === undefined) continue; // a subscription: over WebSocket only
    const operations = paths[leaf.rest.path] ?? {};
    paths[leaf.rest.path] = operations;
    operations[leaf.rest.method.toLowerCase()] = operationOf(path, leaf, schemas);
    for (const [status, codes] of refusalsOf(leaf))
      responses[refusalName(codes)] = refusalResponse(status, codes);
    tags.add(path.split('.')[0] ?? path);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Perdure',
      summary: 'Durable sessions of AI agents.',
      description:
        'Every answer that is an error has the body `{ "error": { code, message, errorId?, details? } }`; the codes that an operation can answer with are listed at its statuses.',
      version: serverVersion,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      responses,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of the server. Never in the URL.',
        },
      },
    },
  };
}
