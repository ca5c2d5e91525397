import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts', schemas: 'src/schemas.ts', trpc: 'src/trpc.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  dts: true,
});
