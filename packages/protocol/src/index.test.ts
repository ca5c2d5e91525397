import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as index from './index.ts';
import * as schemas from './schemas.ts';

describe('the public names', () => {
  it('of the package', () => {
    expect(Object.keys(index).sort()).toMatchInlineSnapshot(`
      [
        "COMMAND_ID_PATTERN",
        "ID_PATTERN",
        "MAIN_CONVERSATION",
        "ORIGIN",
        "PROTOCOL_VERSION",
        "PerdureError",
        "SNAPSHOT_BLOCKS",
        "SUPPORTED_PROTOCOL_VERSIONS",
        "closeCodes",
        "emptySessionState",
        "errorTable",
        "formatCursor",
        "isEmptyText",
        "isErrorCode",
        "isId",
        "isOpenRun",
        "isPerdureError",
        "isStreamed",
        "parseCursor",
        "reduceSession",
        "runtimeOf",
        "sameRuntime",
        "textOf",
        "windowSessionState",
      ]
    `);
  });

  it('of its schemas', () => {
    expect(Object.keys(schemas).sort()).toMatchInlineSnapshot(`
      [
        "acceptedSchema",
        "accessSchema",
        "actorSchema",
        "blockSchema",
        "blockStatusSchema",
        "catalogue",
        "commandIdSchema",
        "contentPartSchema",
        "contentSchema",
        "contract",
        "conversationSchema",
        "cursorSchema",
        "envelopeSchema",
        "errorAnswerSchema",
        "errorBodySchema",
        "errorCodesOf",
        "eventRow",
        "eventSchema",
        "eventsFrameSchema",
        "followFrameSchema",
        "hasBody",
        "helloSchema",
        "idSchema",
        "inputPlacesOf",
        "isLeaf",
        "jsonObjectSchema",
        "jsonSchema",
        "leavesOf",
        "openApiDocument",
        "openRequestSchema",
        "queuedMessageSchema",
        "runStateSchema",
        "sessionListItemSchema",
        "sessionSnapshotSchema",
        "sessionStateSchema",
        "sizes",
        "snapshotFrameSchema",
        "sourceSchema",
        "submittedSchema",
        "timeSchema",
      ]
    `);
  });
});

describe('what is loaded at run time', () => {
  it('zod stays out of the package itself, and so out of browsers', () => {
    expect(loadedBy('./index.ts')).toEqual([]);
    expect(loadedBy('./trpc.ts')).toEqual([]);
  });

  it('zod is all that the schemas need', () => {
    expect(loadedBy('./schemas.ts')).toEqual(['zod']);
  });
});

/** The packages that a module reaches by imports which are still there once the types are gone. */
function loadedBy(entry: string): string[] {
  const visited = new Set<string>();
  const packages = new Set<string>();
  const visit = (module: URL) => {
    if (visited.has(module.href)) return;
    visited.add(module.href);
    for (const specifier of runTimeImports(readFileSync(module, 'utf8'))) {
      if (specifier.startsWith('.')) visit(new URL(specifier, module));
      else packages.add(specifier);
    }
  };
  visit(new URL(entry, import.meta.url));
  return [...packages].sort();
}

/** With `verbatimModuleSyntax`, an import or export vanishes only if it says `type` itself; `{ type a }` alone stays. */
function runTimeImports(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm,
  );
  const dynamic = source.matchAll(/\bimport\('([^']+)'\)/g);
  return [...statements, ...dynamic].map(([, from, bare]) => from ?? bare ?? '');
}
