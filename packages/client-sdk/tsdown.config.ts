import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig } from 'tsdown';

/** tRPC as its authors wrote it. What they built of it is for older platforms, with a kilobyte of helpers for those. */
const sourceOf = (name: string) =>
  join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'src');

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  hash: false,
  dts: true,
  alias: { '@trpc/client': sourceOf('@trpc/client'), '@trpc/server': sourceOf('@trpc/server') },
  deps: { onlyBundle: ['@trpc/client', '@trpc/server', 'eventsource-parser'] },
  treeshake: {
    // Nothing that is bundled does anything by being loaded, and reading a property does nothing either.
    moduleSideEffects: false,
    propertyReadSideEffects: false,
  },
});
