import { expect, test } from 'vitest';
import { runningServer } from './support/running-server.ts';

test('[G1] ten thousand sessions page stably while others change', async () => {
  await using server = await runningServer();
  const made = Array.from({ length: 10_000 }, (_none, index) => `s-${index}`);
  for (let at = 0; at < made.length; at += 200)
    await Promise.all(made.slice(at, at + 200).map((id) => server.runtime.host.createSession({ id })));
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await server.ask(
      'GET',
      `/v1/sessions?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
    // What has been seen moves to the front: the pages that follow stay as they are.
    await server
      .client()
      .session(seen.at(-1) ?? '')
      .update({ title: `seen ${seen.length}` });
  }
  expect(seen).toHaveLength(10_000);
  expect([...seen].sort()).toEqual([...made].sort());
});
