import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'ai-sdk': 'src/environment/ai-sdk/index.ts',
    postgres: 'src/store/postgres/index.ts',
    testing: 'src/testing/index.ts',
    'bin/perdure': 'src/bin/perdure.ts',
    'sqlite-writer': 'src/store/sqlite/sqlite-writer.ts',
  },
  format: ['esm'],
  platform: 'node',
  target: 'node22.18',
  fixedExtension: false,
  dts: true,
  // Found at run time through the `imports` of package.json, in source and in dist alike.
  external: [/^#/],
});
