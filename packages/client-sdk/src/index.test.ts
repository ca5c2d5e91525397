import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as client from './index.ts';

describe('@perdure/client', () => {
  it('has these names and no others', () => {
    expect(Object.keys(client).sort()).toEqual([
      'MAIN_CONVERSATION',
      'ORIGIN',
      'PROTOCOL_VERSION',
      'PerdureError',
      'createPerdureClient',
      'isOpenRun',
      'isPerdureError',
      'memoryStorage',
      'runtimeOf',
      'textOf',
    ]);
  });

  it('names nothing of tRPC in its public types', () => {
    const files = [
      'index.ts',
      'perdure-client.ts',
      'log-event.ts',
      'client-clock.ts',
      'storage/client-storage.ts',
    ];
    for (const file of files)
      expect(readFileSync(new URL(file, import.meta.url), 'utf8'), file).not.toMatch(/trpc/i);
  });
});
