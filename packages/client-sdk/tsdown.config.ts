import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig } from 'tsdown';

/** tRPC as its authors wrote it. What they built of it is for older platforms, with a kilobyte of helpers for those. */
const sourceOf = (name: string) =>
  join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'src');

/** Sentences of tRPC's client for those who use it by itself: what it throws at a lost socket is told by our own errors. */
const unheard = [
  /"No WebSocket implementation found[^"]*"/g,
  /'jsonEncoder received binary data\.[^']*'\s*\+\s*'[^']*'/g,
  /'(Closed before connection was established|WebSocket closed( before it was ready)?)'/g,
  /'(Initialization error|Active connection is not open)'/g,
];

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
  plugins: [
    {
      name: 'shorten-trpc',
      transform: (code, id) =>
        id.includes('trpc') ? unheard.reduce((text, sentence) => text.replace(sentence, "''"), code) : null,
    },
  ],
  treeshake: {
    // Nothing that is bundled does anything by being loaded, and reading a property does nothing either.
    moduleSideEffects: false,
    propertyReadSideEffects: false,
  },
});
