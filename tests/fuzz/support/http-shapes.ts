import { gzipSync } from 'node:zlib';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { namesOfJavaScript } from './mutate-json.ts';

/** Bytes that a server of HTTP gets from those who do not speak it, or speak it to harm. */
export interface Shape {
  readonly name: string;
  readonly bytes: string | Buffer;
}

const json = 'Content-Type: application/json';
const auth = 'Authorization: Bearer fuzzer';

/** One request; every line as given. */
function request(port: number, line: string, headers: readonly string[] = [], body = ''): string {
  const host = headers.some((header) => /^host\b/i.test(header)) ? [] : [`Host: 127.0.0.1:${port}`];
  return `${[line, ...host, auth, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** What is wrong is known by name. */
export function httpShapes(port: number): Shape[] {
  const of = (line: string, headers: readonly string[] = [], body = '') => request(port, line, headers, body);
  const post = (headers: readonly string[], body: string) =>
    of('POST /v1/sessions HTTP/1.1', [json, ...headers], body);
  const named = (shapes: Readonly<Record<string, string | Buffer>>): Shape[] =>
    Object.entries(shapes).map(([name, bytes]) => ({ name, bytes }));
  const hello = of('GET /v1/hello HTTP/1.1');
  return [
    ...named({
      'length and chunks together': post(
        ['Content-Length: 4', 'Transfer-Encoding: chunked'],
        '0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
      ),
      'chunked twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'),
      'an unknown coding': post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
      'chunked is not last': post(['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'),
      'a blank before the colon': post(['Transfer-Encoding : chunked'], '0\r\n\r\n'),
      'two lengths': post(['Content-Length: 2', 'Content-Length: 3'], '{}x'),
      'a list of lengths': post(['Content-Length: 2, 2'], '{}'),
      'a length with a sign': post(['Content-Length: +2'], '{}'),
      'a length below zero': post(['Content-Length: -2'], '{}'),
      'a length in hex': post(['Content-Length: 0x2'], '{}'),
      'a length without end': post([`Content-Length: ${'9'.repeat(40)}`], '{}'),
      'a length that is not kept': post(['Content-Length: 50'], '{}'),
      'chunks of a wrong size': post(['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'),
      'a chunk larger than numbers': post(['Transfer-Encoding: chunked'], `${'F'.repeat(40)}\r\n{}\r\n`),
      'a chunk without its end': post(['Transfer-Encoding: chunked'], '2\r\n{}XX0\r\n\r\n'),
      'a long chunk extension': post(
        ['Transfer-Encoding: chunked'],
        `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      ),
      'headers after chunks': post(
        ['Transfer-Encoding: chunked'],
        `2\r\n{}\r\n0\r\nHost: evil\r\n${'x: y\r\n'.repeat(3_000)}\r\n`,
      ),
      'an empty chunked body': post(['Transfer-Encoding: chunked'], '0\r\n\r\n'),
      'a folded header': of('GET /v1/hello HTTP/1.1', ['X-A: b\r\n c']),
      'line feeds alone': hello.replaceAll('\r\n', '\n'),
      'carriage returns alone': hello.replaceAll('\r\n', '\r'),
      'a NUL in a header': of('GET /v1/hello HTTP/1.1', ['X-A: a\u0000b']),
      'a header without a colon': of('GET /v1/hello HTTP/1.1', ['X-A']),
      'a header without a name': of('GET /v1/hello HTTP/1.1', [': x']),
      'a header name in brackets': of('GET /v1/hello HTTP/1.1', ['X(A): b']),
      'a header of 20 kB': of('GET /v1/hello HTTP/1.1', [`X-A: ${'a'.repeat(20_000)}`]),
      '3,000 headers': of(
        'GET /v1/hello HTTP/1.1',
        Array.from({ length: 3_000 }, (_, at) => `X-${at}: a`),
      ),
      '900 short headers': of(
        'GET /v1/hello HTTP/1.1',
        Array.from({ length: 900 }, (_, at) => `X${at}: a`),
      ),
      'headers that JavaScript knows': of(
        'GET /v1/hello HTTP/1.1',
        namesOfJavaScript.map((name) => `${name}: x`),
      ),
      'raw UTF-8 in a header': of('GET /v1/hello HTTP/1.1', ['X-A: \u00e4\u2028']),
      'a request line alone': 'GET',
      'a method alone': 'GET\r\n\r\n',
      'HTTP/0.9': 'GET /\r\n\r\n',
      'HTTP/1.0': of('GET /v1/hello HTTP/1.0'),
      'HTTP/1.0 without a host': 'GET /v1/hello HTTP/1.0\r\n\r\n',
      'HTTP/1.1 without a host': 'GET /v1/hello HTTP/1.1\r\n\r\n',
      'HTTP/2.0 in words': of('GET /v1/hello HTTP/2.0'),
      'HTTP/9.9': of('GET /v1/hello HTTP/9.9'),
      'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'an offer of HTTP/2': of('GET /v1/hello HTTP/1.1', [
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
      ]),
      'a hello of TLS': Buffer.from('16030100a5010000a10303', 'hex'),
      'a banner of SSH': 'SSH-2.0-OpenSSH_9.6\r\n',
      'a proxy header': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${hello}`,
      'two blanks': of('GET  /v1/hello HTTP/1.1'),
      'a tab': of('GET\t/v1/hello HTTP/1.1'),
      'an absolute target': of('GET http://evil.example/v1/hello HTTP/1.1'),
      'an absolute target of ours': of(`GET http://127.0.0.1:${port}/v1/hello HTTP/1.1`),
      'another scheme': of('GET gopher://evil/ HTTP/1.1'),
      'the target of CONNECT': of('CONNECT 127.0.0.1:22 HTTP/1.1'),
      'CONNECT to a path': of('CONNECT /v1/hello HTTP/1.1'),
      'OPTIONS of all': of('OPTIONS * HTTP/1.1'),
      'an empty target': of('GET  HTTP/1.1'),
      'a target of two slashes': of('GET //evil.example HTTP/1.1'),
      'a target with a backslash': of('GET /\\evil HTTP/1.1'),
      'a target with a fragment': of('GET /v1/hello#x HTTP/1.1'),
      'a target of 3 kB': of(`GET /${'a'.repeat(3_000)} HTTP/1.1`),
      'a target of 20 kB': of(`GET /${'a'.repeat(20_000)} HTTP/1.1`),
      'a broken escape': of('GET /v1/sessions/%zz HTTP/1.1'),
      'an overlong slash': of('GET /v1/sessions/%c0%af HTTP/1.1'),
      'an escaped NUL': of('GET /v1/sessions/%00 HTTP/1.1'),
      'an escaped slash': of('GET /v1/sessions/a%2Fb HTTP/1.1'),
      'steps upwards': of('GET /v1/../../../../etc/passwd HTTP/1.1'),
      'escaped steps upwards': of('GET /v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.1'),
      'raw UTF-8 in the target': of('GET /v1/sessions/\u00e4 HTTP/1.1'),
      'a broken escape in the query': of('GET /v1/sessions?q=%zz&limit=%00 HTTP/1.1'),
      'a credential in the query': of('GET /v1/sessions?token=fuzzer HTTP/1.1'),
      'names of JavaScript in the query': of(
        `GET /v1/sessions?${namesOfJavaScript.map((name) => `${name}=1&metadata.${name}=x`).join('&')} HTTP/1.1`,
      ),
      '600 values of one name': of(`GET /v1/sessions?${'tag=a&'.repeat(300)} HTTP/1.1`),
      'two hosts': of('GET /v1/hello HTTP/1.1', [`Host: 127.0.0.1:${port}`, 'Host: evil.example']),
      'a foreign host': of('GET /v1/hello HTTP/1.1', ['Host: evil.example']),
      'a host with a user': of('GET /v1/hello HTTP/1.1', [`Host: a@127.0.0.1:${port}`]),
      'an empty host': of('GET /v1/hello HTTP/1.1', ['Host:']),
      'two origins': of('GET /v1/hello HTTP/1.1', [`Origin: http://127.0.0.1:${port}`, 'Origin: null']),
      'two media types': post(['Content-Type: text/plain', 'Content-Length: 2'], '{}'),
      'no media type': of('POST /v1/sessions HTTP/1.1', ['Content-Length: 2'], '{}'),
      'another charset': of(
        'POST /v1/sessions HTTP/1.1',
        ['Content-Type: application/json; charset=utf-16', 'Content-Length: 2'],
        '{}',
      ),
      'two credentials': of('GET /v1/sessions HTTP/1.1', ['Authorization: Bearer nobody']),
      'a credential of 15 kB': request(port, 'GET /v1/sessions HTTP/1.1', [
        `Authorization: Bearer ${'a'.repeat(15_000)}`,
      ]).replace(`${auth}\r\n`, ''),
      'a body of GET': of('GET /v1/sessions HTTP/1.1', [json, 'Content-Length: 5'], '{"a":'),
      'a body of HEAD': of('HEAD /v1/sessions HTTP/1.1', [json, 'Content-Length: 2'], '{}'),
      'a body of DELETE': of('DELETE /v1/sessions/none HTTP/1.1', [json, 'Content-Length: 2'], '{}'),
      'leave to send, never used': post(['Content-Length: 5', 'Expect: 100-continue'], ''),
      'leave to send too much': post(['Content-Length: 99999999', 'Expect: 100-continue'], ''),
      'another expectation': post(['Content-Length: 2', 'Expect: 200-ok'], '{}'),
      'a coding of the content': of(
        'POST /v1/sessions HTTP/1.1',
        [json, 'Content-Encoding: gzip', 'Content-Length: 3'],
        '\u001f\u008b\b',
      ),
      'a mark before the body': post(['Content-Length: 5'], '\u00ef\u00bb\u00bf{}'),
      'a body that is no UTF-8': post(['Content-Length: 12'], '{"title":"\u00ff'),
      'a batch without calls': of('POST /trpc/?batch=1 HTTP/1.1', [json, 'Content-Length: 2'], '{}'),
      'a batch of commas': of(
        `POST /trpc/${','.repeat(9)}?batch=1 HTTP/1.1`,
        [json, 'Content-Length: 2'],
        '{}',
      ),
      'a batch of 400': of(
        `GET /trpc/${Array.from({ length: 100 }, () => 'meta.hello').join(',')}?batch=1&input={} HTTP/1.1`,
      ),
      'a stream of a batch': of('GET /trpc/meta.hello,meta.nothing?batch=1&input={} HTTP/1.1', [
        'trpc-accept: application/jsonl',
      ]),
      'a form for tRPC': of(
        'POST /trpc/sessions.create HTTP/1.1',
        ['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 5'],
        '--x--',
      ),
      'a procedure that JavaScript knows': of('GET /trpc/constructor HTTP/1.1'),
      'one inside a prototype': of('GET /trpc/sessions.__proto__.toString HTTP/1.1'),
      'a place of JavaScript': of('GET /v1/sessions/constructor HTTP/1.1'),
      'two requests at once': hello + hello,
      'a request and rubbish': `${hello}rubbish\r\n\r\n`,
      'blank lines first': `\r\n\r\n\r\n${hello}`,
      'nothing but blank lines': '\r\n'.repeat(5_000),
      nothing: '',
    }),
    {
      name: 'a body of gzip that says so',
      bytes: Buffer.concat([
        Buffer.from(post(['Content-Encoding: gzip', `Content-Length: ${gzipSync('{}').length}`], '')),
        gzipSync('{}'),
      ]),
    },
    ...[
      'TRACE',
      'OPTIONS',
      'PUT',
      'PATCH',
      'DELETE',
      'HEAD',
      'LOCK',
      'M-SEARCH',
      'QUERY',
      'get',
      'FOO',
      'X'.repeat(5_000),
    ].flatMap((method) =>
      ['/', '/v1/hello', '/v1/sessions', '/trpc/meta.hello', '/healthz', '/nothing'].map((path) => ({
        name: `${method.slice(0, 10)} ${path}`,
        bytes: of(`${method} ${path} HTTP/1.1`),
      })),
    ),
  ];
}

/** A request that was good, with bytes changed, lines doubled, left out or put in. */
export function mutatedRequest(port: number, random: SeededRandom): Buffer {
  const shapes = httpShapes(port);
  const { bytes } = random.pick(shapes);
  let text = Buffer.from(bytes).toString('latin1').slice(0, 4_000);
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    const lines = text.split('\r\n');
    const at = random.below(lines.length);
    switch (random.below(6)) {
      case 0:
        lines.splice(at, 0, lines[random.below(lines.length)] ?? '');
        break;
      case 1:
        lines.splice(at, 1);
        break;
      case 2:
        lines.splice(
          at,
          0,
          random.pick([
            'Transfer-Encoding: chunked',
            'Content-Length: 0',
            'Connection: close',
            'Upgrade: websocket',
            'Host: x',
            'Accept: text/event-stream',
            'Last-Event-ID: 1.1',
          ]),
        );
        break;
      case 3: {
        const line = lines[at] ?? '';
        const place = random.below(line.length + 1);
        lines[at] =
          line.slice(0, place) + String.fromCharCode(random.below(256)) + line.slice(place + random.below(2));
        break;
      }
      case 4:
        lines[at] = (lines[at] ?? '').slice(0, random.below(20));
        break;
      default:
        lines[at] = (lines[at] ?? '').repeat(1 + random.below(5));
    }
    text = lines.join('\r\n');
  }
  return Buffer.from(text, 'latin1');
}

/** Bytes that mean nothing. */
export function randomBytes(random: SeededRandom): Buffer {
  return Buffer.from(Array.from({ length: random.pick([1, 7, 64, 500, 5_000]) }, () => random.below(256)));
}
