import { expect, it } from 'vitest';
import * as exports from './index.ts';

it('has these names and no others', () => {
  expect(Object.keys(exports).sort()).toEqual([
    'PerdureError',
    'PerdureProvider',
    'createPerdureClient',
    'isPerdureError',
    'textOf',
    'useClient',
    'useConnection',
    'useConversation',
    'useSession',
    'useSessionEvents',
    'useSessionList',
    'useSubmit',
  ]);
});
