import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Packages import each other's TypeScript source through this export condition: no build stands between
// an edit and a test. A test that starts a child process passes it on: `node --conditions=@perdure/source`.
const sourceCondition = '@perdure/source';
const conditions = [sourceCondition, 'node', 'import', 'module', 'default'];

const project = (
  name: string,
  root: string,
  test: Record<string, unknown> = {},
  alias: Record<string, string> = {},
) => ({
  root: at(root),
  resolve: { conditions, alias },
  ssr: { resolve: { conditions, externalConditions: [sourceCondition] } },
  test: {
    name,
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.heavy.test.ts'],
    pool: 'forks' as const,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    ...test,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: true,
    reporters: ['default', ['json', { outputFile: at('reports/tests.json') }]],
    projects: [
      project('protocol', 'packages/protocol'),
      project('server', 'packages/server'),
      project('client', 'packages/client-sdk'),
      project('react', 'packages/react-hooks', { environment: 'happy-dom' }),
      // The same tests again, on the oldest React that is supported.
      project(
        'react-18',
        'packages/react-hooks',
        { environment: 'happy-dom' },
        Object.fromEntries(
          ['react', 'react-dom', '@testing-library/react'].map((name) => [
            name,
            at(`tests/react-18/node_modules/${name}`),
          ]),
        ),
      ),
      project('demo', 'apps/demo'),
      project('tests', 'tests', { exclude: ['**/node_modules/**', 'packaging/**', '**/*.heavy.test.ts'] }),
      project('examples', 'examples'),
    ],
  },
});
