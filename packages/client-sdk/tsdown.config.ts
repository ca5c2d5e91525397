import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  dts: true,
  deps: { onlyBundle: ['@trpc/client', '@trpc/server', 'eventsource-parser'] },
  treeshake: {
    // Nothing that is bundled does anything by being loaded, and reading a property does nothing either.
    moduleSideEffects: false,
    propertyReadSideEffects: false,
    // Makes a table of tRPC that the client does not use.
    manualPureFunctions: ['invert'],
  },
});
