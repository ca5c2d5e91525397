import { expect, test } from 'vitest';
import { curl, curlStream } from './support/curl.ts';
import { ask, runningServer } from './support/running-server.ts';
import { startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

test('[G9] curl alone does the whole life of a session', async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ directory: data.path });
  const sessions = `${server.url}/v1/sessions`;
  const created = await curl('POST', sessions, { id: 'by-curl', title: 'Mine', options: { delayMs: 0 } });
  expect(created).toMatchObject({ status: 201, body: { id: 'by-curl', created: true } });
  expect((await curl('POST', sessions, { id: 'by-curl' })).status).toBe(200);
  const session = `${sessions}/by-curl`;
  await using stream = curlStream(`${session}/events?from=beginning`);

  const message = { content: 'one two three' };
  const submitted = await curl('POST', `${session}/messages`, message, '-H', 'Idempotency-Key: first');
  expect(submitted).toMatchObject({ status: 202, body: { commandId: 'first', duplicate: false } });
  const again = await curl('POST', `${session}/messages`, message, '-H', 'Idempotency-Key: first');
  expect(again.body).toEqual({ ...submitted.body, duplicate: true });
  const { runId } = submitted.body;
  const run = await curl('GET', `${session}/runs/${runId}?wait=30`);
  expect(run).toMatchObject({ status: 200, body: { runId, status: 'completed' } });
  expect(await stream.until('"run:completed"')).toMatch(
    /^retry: \d+\n\nid: \d+\.\d+\ndata: \{"kind":"events"/,
  );

  const renamed = await curl('PATCH', session, { title: 'Ours', options: { delayMs: 5, repeat: 100_000 } });
  expect(renamed).toMatchObject({ status: 200, body: { duplicate: false } });
  expect((await curl('GET', session)).body.state.title).toBe('Ours');
  expect((await curl('GET', `${sessions}?q=our&count=true`)).body).toMatchObject({ count: 1 });
  const blocks = await curl('GET', `${session}/blocks?order=asc`);
  expect(blocks.body.items.map(({ type }: { type: string }) => type)).toEqual([
    'user_message',
    'assistant_text',
  ]);

  const long = (await curl('POST', `${session}/messages`, { content: 'go on' })).body.runId;
  await stream.until(`"type":"block:delta"`);
  expect((await curl('POST', `${session}/interrupt`, { runId: long })).status).toBe(202);
  expect((await curl('GET', `${session}/runs/${long}?wait=30`)).body.status).toBe('cancelled');

  expect((await curl('DELETE', session)).status).toBe(204);
  await stream.exited;
  expect(stream.output()).toMatch(/event: error\ndata: \{"error":\{"code":"session-deleted"/);
  const seqs = stream.seqs();
  expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  expect(await curl('GET', session)).toMatchObject({
    status: 404,
    body: { error: { code: 'session-not-found' } },
  });
});

test('[E3] curl follows, is killed, and goes on from Last-Event-ID with nothing lost and nothing twice', async () => {
  await using server = await runningServer();
  const client = server.client();
  const { id } = await client.sessions.create({ options: { repeat: 300, delayMs: 2 } });
  const url = `${server.url}/v1/sessions/${id}/events`;
  const seen: number[] = [];
  const { runId } = await client.session(id).submit('a b c');
  let cursor = '0.0';
  for (let visit = 0; visit < 5; visit += 1) {
    const stream = curlStream(url, `Last-Event-ID: ${cursor}`);
    await stream.until(`"block:delta"`);
    await stream[Symbol.asyncDispose]();
    cursor = stream.cursors().at(-1) ?? cursor;
    // What came after the last whole event is no event.
    seen.push(...stream.seqs().filter((seq) => seq <= Number(cursor.split('.')[1])));
  }
  await using last = curlStream(url, `Last-Event-ID: ${cursor}`);
  await last.until('"run:completed"');
  seen.push(...last.seqs());
  expect(seen).toEqual(seen.map((_seq, index) => index + 1));
  await client.session(id).run({ runId: runId ?? '', wait: 30 });
});

test('[E3] a credential in a URL is refused, whatever it opens', async () => {
  await using server = await runningServer({ tokens: ['a-token-of-mine'] });
  const params = encodeURIComponent(JSON.stringify({ token: 'a-token-of-mine' }));
  for (const path of [
    '/v1/sessions?token=a-token-of-mine',
    '/v1/sessions/s/events?access_token=a-token-of-mine',
    `/trpc/sessions.follow?connectionParams=${params}&input=%7B%22sessionId%22%3A%22s%22%7D`,
  ]) {
    const { status, error } = await ask(`${server.url}${path}`, 'GET', { token: 'a-token-of-mine' });
    expect([path, status, error?.code ?? error]).toEqual([path, 400, 'credential-in-url']);
  }
});
