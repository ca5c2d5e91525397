import { createTRPCClient, httpBatchLink, httpLink, isTRPCClientError } from '@trpc/client';
import type { SessionRouter } from '@perdure/protocol/trpc';
import { describe, expect, it } from 'vitest';
import { runningServer } from '../../test/running-server.ts';

const input = (value: unknown) => `input=${encodeURIComponent(JSON.stringify(value))}`;

describe('tRPC over HTTP', () => {
  it('[G9] an ordinary client asks, commands and is told errors by code', async () => {
    await using server = await runningServer({ basePath: '/agents' });
    const api = createTRPCClient<SessionRouter>({ links: [httpLink({ url: `${server.url}/trpc` })] });
    expect((await api.sessions.create.mutate({ id: 'a' })).created).toBe(true);
    expect((await api.sessions.get.query({ sessionId: 'a' })).state.id).toBe('a');
    const error: unknown = await api.sessions.get
      .query({ sessionId: 'b' })
      .catch((thrown: unknown) => thrown);
    expect(isTRPCClientError<SessionRouter>(error) && error.data).toMatchObject({
      code: 'NOT_FOUND',
      httpStatus: 404,
      path: 'sessions.get',
      perdure: { code: 'session-not-found' },
    });
    expect(JSON.stringify(error)).not.toContain('stack');
  });

  it('[N12] a batch of 10 is answered, one of 11 refused, and nothing of it is done', async () => {
    await using server = await runningServer();
    const batch = (size: number) => {
      const api = createTRPCClient<SessionRouter>({ links: [httpBatchLink({ url: `${server.url}/trpc` })] });
      return Promise.allSettled(Array.from({ length: size }, () => api.sessions.create.mutate({})));
    };
    expect((await batch(10)).every(({ status }) => status === 'fulfilled')).toBe(true);
    const refused = await batch(11);
    const codes = refused.map((result) => result.status === 'rejected' && result.reason.data.perdure.code);
    expect(new Set(codes)).toEqual(new Set(['invalid-input']));
    expect((await server.ask('GET', '/v1/sessions?count=true')).body).toMatchObject({ count: 10 });
    const commas = Array.from({ length: 11 }, () => 'meta.hello').join('%2C');
    expect((await server.ask('GET', `/trpc/${commas}?batch=1&${input({})}`)).status).toBe(400);
  });

  it('[N8] what is malformed, unknown, of the wrong method or too large is answered in tRPC’s shape', async () => {
    await using server = await runningServer({ limits: { bodyBytes: 100 } });
    const codeOf = async (method: string, path: string, body?: unknown) => {
      const answer = await server.ask(method, path, { body });
      const { error } = answer.body as {
        error: { code: number; data: { httpStatus: number; perdure: { code: string } } };
      };
      expect([error.code < 0, error.data.httpStatus]).toEqual([true, answer.status]);
      return error.data.perdure.code;
    };
    expect(await codeOf('POST', '/trpc/sessions.create', '{')).toBe('malformed-json');
    expect(await codeOf('GET', '/trpc/sessions.get?input=%7B')).toBe('malformed-json');
    expect(await codeOf('GET', '/trpc/sessions.nothing')).toBe('unknown-procedure');
    expect(await codeOf('GET', '/trpc/constructor')).toBe('unknown-procedure');
    expect(await codeOf('GET', '/trpc/sessions.create')).toBe('method-not-allowed');
    expect(await codeOf('POST', '/trpc/sessions.get', {})).toBe('method-not-allowed');
    expect(await codeOf('POST', '/trpc/sessions.create', { id: 7 })).toBe('invalid-input');
    expect(await codeOf('POST', '/trpc/sessions.create', { title: 'a'.repeat(100) })).toBe(
      'payload-too-large',
    );
    expect(await codeOf('GET', `/trpc/files.list?${input({ sessionId: 'a' })}`)).toBe('session-not-found');
    expect(
      (
        await server.ask('POST', '/trpc/sessions.create', {
          body: 'a=1',
          headers: { 'content-type': 'text/plain' },
        })
      ).status,
    ).toBe(415);
  });

  it('[N8] every refusal is JSON, also of a method or a batch that tRPC does not look into', async () => {
    await using server = await runningServer();
    for (const [method, path, code] of [
      ['OPTIONS', '/trpc/meta.hello', 'method-not-allowed'],
      ['DELETE', '/trpc/meta.hello', 'method-not-allowed'],
      ['POST', '/trpc/meta.hello', 'invalid-input'],
      ['GET', '/trpc/sessions.get?input=%7B', 'invalid-input'],
    ] as const) {
      const answer = await server.ask(method, path, { headers: { 'trpc-accept': 'application/jsonl' } });
      const { error } = answer.body as { error: { data: { perdure: { code: string } } } };
      expect([method, error.data.perdure.code]).toEqual([method, code]);
    }
    expect((await server.ask('PUT', '/trpc/meta.hello')).headers.get('allow')).toBe('GET, HEAD, POST');
    expect((await server.ask('POST', '/trpc/sessions.create')).status).toBe(400);
  });

  it('[E3] its own event stream carries frames, tracked', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a', message: 'hello' } });
    const left = new AbortController();
    const response = await fetch(
      `${server.url}/trpc/sessions.follow?${input({ sessionId: 'a', from: 'beginning' })}`,
      {
        headers: { accept: 'text/event-stream' },
        signal: left.signal,
      },
    );
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('run:completed')) break;
    }
    left.abort();
    expect(text).toMatch(/data: \{"kind":"events","cursor":"\d+\.\d+"/);
    expect(text).toMatch(/\nid: \d+\.\d+\n/);
  });
});
