import type { Shape } from './support/http-shapes.ts';
import { encodeFrame, opcodes, upgradeRequest } from './support/wire-frames.ts';

/**
 * What was once answered wrongly, and what came of it then. Each stays here, to be sent again for ever.
 */
export function foundInputs(port: number): Shape[] {
  const lines = (...text: string[]) =>
    `${[text[0], `Host: 127.0.0.1:${port}`, 'Authorization: Bearer fuzzer', ...text.slice(1)].join('\r\n')}\r\n\r\n`;
  const json = 'Content-Type: application/json';
  const message = (text: string) =>
    Buffer.concat([
      Buffer.from(upgradeRequest(port, { headers: ['Authorization: Bearer fuzzer'] })),
      encodeFrame({ opcode: opcodes.text, payload: text }),
    ]);
  const hello = { method: 'query', params: { path: 'meta.hello', input: {} } };
  return [
    // A stack in the log, at the wish of anyone.
    { name: 'half a body', bytes: `${lines('POST /v1/sessions HTTP/1.1', json, 'Content-Length: 10')}{` },
    {
      name: 'half a body for tRPC',
      bytes: `${lines('POST /trpc/sessions.create HTTP/1.1', json, 'Content-Length: 10')}{`,
    },
    // An error as plain text.
    { name: 'OPTIONS of a procedure', bytes: lines('OPTIONS /trpc/meta.hello HTTP/1.1') },
    {
      name: 'a mutation without a body',
      bytes: lines('POST /trpc/sessions.create HTTP/1.1', 'Content-Length: 0'),
    },
    {
      name: 'a stream of no batch',
      bytes: lines('GET /trpc/meta.hello?input={} HTTP/1.1', 'trpc-accept: application/jsonl'),
    },
    // The whole message refused under no id, the ids open for ever.
    {
      name: 'a call without params beside a good one',
      bytes: message(
        JSON.stringify([
          { id: 1, method: 'query' },
          { ...hello, id: 2 },
        ]),
      ),
    },
    { name: 'a call whose params are a list', bytes: message('{"id":1,"method":"query","params":[]}') },
    { name: 'a call without an id', bytes: message(JSON.stringify(hello)) },
    // An error as long as what was sent.
    {
      name: 'a procedure with a name of 100 kB',
      bytes: message(JSON.stringify({ id: 1, method: 'query', params: { path: 'x'.repeat(100_000) } })),
    },
    { name: 'an id of 100 kB', bytes: message(JSON.stringify({ ...hello, id: 'x'.repeat(100_000) })) },
    {
      name: 'a hundred tags that are lists',
      bytes: message(
        JSON.stringify({
          id: 1,
          method: 'mutation',
          params: { path: 'sessions.create', input: { tags: Array.from({ length: 100 }, () => [7]) } },
        }),
      ),
    },
    {
      name: 'an agent with a name of 100 kB',
      bytes: message(
        JSON.stringify({
          id: 1,
          method: 'mutation',
          params: { path: 'sessions.create', input: { agent: 'x'.repeat(100_000) } },
        }),
      ),
    },
    // The connection cut without a word.
    {
      name: 'a handshake without a key',
      bytes: lines('GET /trpc HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'),
    },
    // Ten seconds of a core and 65 MB of answers.
    { name: 'hundreds of requests at once', bytes: lines('GET /v1/openapi.json HTTP/1.1').repeat(300) },
  ];
}
