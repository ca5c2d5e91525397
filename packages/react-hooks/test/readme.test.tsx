// @vitest-environment node
import './install-dom.ts';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { configure, fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { startRealServer } from './real-server.ts';

// Facts are waited for, however busy the machine is.
configure({ asyncUtilTimeout: 15_000 });

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));

it('the program of the README runs as it stands', async () => {
  await using world = await startRealServer();
  const readme = await readFile(at('../README.md'), 'utf8');
  const program = /```tsx check\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const file = at(`./readme-program-${process.pid}.tsx`);
  await writeFile(file, program.replace('http://127.0.0.1:4600', world.url));
  try {
    await import(file);
  } finally {
    await rm(file);
  }
  fireEvent.change(await screen.findByLabelText('Message'), { target: { value: 'to perdure' } });
  fireEvent.click(screen.getByText('Say'));
  await screen.findByText(Array(10).fill('to perdure').join(' '));
  await waitFor(() => expect(screen.getByText('idle')).toBeTruthy());
  expect(screen.getAllByText('to perdure')).toHaveLength(1);
});
