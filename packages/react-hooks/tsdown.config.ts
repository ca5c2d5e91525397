import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  dts: true,
  // Where components are rendered on a server by default, these belong to the browser.
  banner: { js: `'use client';` },
});
