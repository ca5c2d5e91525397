import { createPerdureClient } from '@perdure/client';

const session = createPerdureClient({ url: 'https://x.dev' }).session('s1');

export async function misspelt(): Promise<void> {
  for await (const event of session.events()) if (event.type === 'block:delt') return;
}
