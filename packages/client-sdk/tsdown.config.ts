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
    // Nothing that is bundled does anything by being loaded. Without these, a sixth of tRPC is carried for nothing.
    moduleSideEffects: false,
    propertyReadSideEffects: false,
    manualPureFunctions: ['invert', '_defineProperty', '__toESM', '__commonJS'],
  },
});
