import { expect, it } from 'vitest';
import { programsIn } from './readme-programs.ts';

it('takes the marked blocks of a README and leaves the others', () => {
  const readme = [
    '```ts',
    'excerpt',
    '```',
    '```ts run until="ready now"',
    'a();',
    '```',
    '```tsx check',
    '<A/>',
    '```',
    '',
  ];
  expect(programsIn(readme.join('\n'), 'client')).toEqual([
    { file: 'readme-client-1.ts', code: 'a();\n', run: true, until: 'ready now' },
    { file: 'readme-client-2.tsx', code: '<A/>\n', run: false },
  ]);
});
