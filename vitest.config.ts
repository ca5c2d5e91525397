import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tools/longest-first.ts';

// `--mode heavy` runs the long tests (*.heavy.test.ts), `--mode packaging` those of the packed packages; without
// a mode all the others run.
export default defineConfig(({ mode }) => ({
  test: {
    // Much of what the long tests do is to wait for a network, a disk or a clock: one more goes on meanwhile.
    maxWorkers: mode === 'heavy' ? 3 : 2,
    ...(mode === 'heavy' && { sequence: { sequencer: LongestFirst } }),
    passWithNoTests: true,
    projects: mode === 'packaging' ? [packaging(false)] : everyPackage(mode === 'heavy'),
  },
}));

function everyPackage(heavy: boolean) {
  const project = (name: string, root: string, { types, ...options }: ProjectOptions = {}) =>
    testProject(name, root, {
      include: heavy ? ['**/*.heavy.test.ts'] : ['**/*.test.{ts,tsx}'],
      exclude: [...(heavy ? [] : ['**/*.heavy.test.ts']), 'packaging/**'],
      ...(heavy && { timeout: 1_200_000 }),
      ...(types !== undefined && !heavy && { types }),
      ...options,
    });
  return [
    project('protocol', 'packages/protocol', { types: 'tsconfig.json' }),
    project('server', 'packages/server', { types: 'tsconfig.json' }),
    project('client', 'packages/client-sdk', { types: 'tsconfig.test.json' }),
    project('react', 'packages/react-hooks', { types: 'tsconfig.test.json', environment: 'happy-dom' }),
    // The same tests again, on the oldest React that is supported.
    project('react-18', 'packages/react-hooks', {
      environment: 'happy-dom',
      alias: modulesOf('tests/react-18', 'react', 'react-dom', '@testing-library/react'),
    }),
    project('demo', 'apps/demo'),
    project('tools', 'tools'),
    project('tests', 'tests', { types: 'tsconfig.json' }),
    ...(heavy ? [packaging(true)] : []),
  ];
}

const packaging = (heavy: boolean) =>
  testProject('packaging', 'tests/packaging', {
    timeout: 150_000,
    include: [heavy ? '**/*.heavy.test.ts' : '**/*.test.ts'],
    exclude: heavy ? [] : ['**/*.heavy.test.ts'],
  });

interface ProjectOptions {
  include?: string[];
  exclude?: string[];
  timeout?: number;
  environment?: string;
  alias?: Record<string, string>;
  /** The tsconfig that the type tests (*.test-d.ts) are compiled with; without it there are none. */
  types?: string;
}

/**
 * Node.js strips the types of a source file with WebAssembly, in each thread that loads one, and V8 can bring the process down
 * where threads that call out of the same WebAssembly come and go (`Check failed: jit_page.has_value()`): when it makes the
 * compiled wrapper of such a call, after a thousand of them. So many calls are never made. Built code strips nothing.
 */
const LATE_WASM_WRAPPERS = '--wasm-wrapper-tiering-budget=1000000000';

function testProject(name: string, root: string, options: ProjectOptions) {
  const {
    include = ['**/*.test.{ts,tsx}'],
    exclude = [],
    timeout = 30_000,
    environment = 'node',
    alias = {},
    types,
  } = options;
  // Packages import each other's TypeScript source through this export condition: no build stands between
  // an edit and a test. A test that starts a child process passes it on: `node --conditions=@perdure/source`.
  // They reach Node itself as well, for every import() and require() of a package: `import` must not be among them, or
  // CommonJS packages that require each other get each other's ES modules.
  const source = '@perdure/source';
  const conditions = [source, 'node', 'module'];
  return {
    root: at(root),
    resolve: { conditions, alias },
    ssr: { resolve: { conditions, externalConditions: [source] } },
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
      environment,
      pool: 'forks' as const,
      execArgv: [LATE_WASM_WRAPPERS],
      // Tests start hundreds of programs from source: what Node.js makes of it is kept, or half of each start goes into that.
      env: { NODE_COMPILE_CACHE: at('node_modules/.cache/compiled') },
      typecheck: {
        enabled: types !== undefined,
        include: ['**/*.test-d.{ts,tsx}'],
        ignoreSourceErrors: true, // `pnpm check:types` reports those
        ...(types !== undefined && { tsconfig: types }),
      },
      testTimeout: timeout,
      hookTimeout: timeout,
    },
  };
}

function modulesOf(folder: string, ...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, at(`${folder}/node_modules/${name}`)]));
}

function at(path: string) {
  return fileURLToPath(new URL(path, import.meta.url));
}
