import { describe, expect, it } from 'vitest';
import { entryFile, readManifest, runTimePackages } from './run-time-packages.ts';
import { type ModuleImport, parseSource, type SourceFile, sourceFiles, targetOf } from './source-file.ts';

interface PackageRule {
  folder: string;
  /** Which of our own packages its source may name. */
  allows(found: ModuleImport): boolean;
}

const isProtocol = ({ specifier }: ModuleImport) => /^@perdure\/protocol(\/|$)/.test(specifier);

const rules: PackageRule[] = [
  { folder: 'packages/protocol/src', allows: () => false },
  { folder: 'packages/server/src', allows: isProtocol },
  {
    folder: 'packages/client-sdk/src',
    allows: (found) =>
      found.specifier === '@perdure/protocol' || (found.kind === 'type' && isProtocol(found)),
  },
  {
    folder: 'packages/react-hooks/src',
    allows: (found) => found.specifier === '@perdure/client' || (found.kind === 'type' && isProtocol(found)),
  },
];

function strangers(files: SourceFile[], allows: PackageRule['allows']): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((found) => found.specifier.startsWith('@perdure/') && !allows(found))
      .map(({ specifier, kind }) => `${file.path} imports ${specifier} (${kind})`),
  );
}

/** Relative imports that end in another workspace: those go by the package's name. */
function trespasses(files: SourceFile[], workspace: string): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((found) => !(targetOf(file, found) ?? workspace).startsWith(workspace))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
}

describe('what packages may import of each other', () => {
  it.each(rules)('$folder names only the packages it may', ({ folder, allows }) => {
    expect(strangers(sourceFiles(folder), allows)).toEqual([]);
  });

  it.each([
    'packages/protocol',
    'packages/server',
    'packages/client-sdk',
    'packages/react-hooks',
    'apps/demo',
    'examples/express',
    'examples/hono',
  ])('%s reaches other workspaces by package name only', (workspace) => {
    expect(trespasses(sourceFiles(workspace, { tests: true }), `${workspace}/`)).toEqual([]);
  });

  it('finds an import that is not allowed', () => {
    const sample = parseSource(
      'packages/client-sdk/src/sample.ts',
      `import { a } from '@perdure/protocol/schemas';
       import type { B } from '@perdure/protocol/trpc';
       export { c } from '../../server/src/c.ts';`,
    );
    const client = rules[2]?.allows ?? (() => true);
    expect(strangers([sample], client)).toEqual([
      'packages/client-sdk/src/sample.ts imports @perdure/protocol/schemas (static)',
    ]);
    expect(trespasses([sample], 'packages/client-sdk/')).toEqual([
      'packages/client-sdk/src/sample.ts imports ../../server/src/c.ts',
    ]);
  });
});

describe('what is loaded at run time', () => {
  const reached = (specifier: string, options?: { dynamic: boolean }) => [
    ...runTimePackages(entryFile(specifier) ?? '', options),
  ];

  it('the protocol loads nothing at all', () => {
    expect(reached('@perdure/protocol')).toEqual([]);
  });

  it('the schemas load zod only', () => {
    expect(reached('@perdure/protocol/schemas').filter((name) => name !== 'zod')).toEqual([]);
  });

  it('the client loads neither zod nor anything of Node', () => {
    const bundled = ['@trpc/client', '@trpc/server', 'eventsource-parser'];
    expect(reached('@perdure/client').filter((name) => !bundled.includes(name))).toEqual([]);
  });

  it('the hooks load React and the client only', () => {
    const bundled = ['@trpc/client', '@trpc/server', 'eventsource-parser'];
    expect(reached('@perdure/react').filter((name) => name !== 'react' && !bundled.includes(name))).toEqual(
      [],
    );
  });

  it('no main entry needs an optional peer', () => {
    for (const folder of ['protocol', 'server', 'client-sdk', 'react-hooks']) {
      const { peerDependenciesMeta = {}, exports } = readManifest(`packages/${folder}`);
      const main = exports['.'];
      const source = typeof main === 'object' ? main['@perdure/source'] : undefined;
      const loaded = runTimePackages(`packages/${folder}/${source?.slice(2)}`, { dynamic: false });
      expect(Object.keys(peerDependenciesMeta).filter((peer) => loaded.has(peer))).toEqual([]);
    }
  });
});
