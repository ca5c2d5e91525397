import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Shape } from './http-shapes.ts';
import { encodeFrame, opcodes, upgradeRequest, type WireFrame } from './wire-frames.ts';

const { text, binary, continuation, close, ping, pong } = opcodes;
const hello = '{"id":1,"method":"query","params":{"path":"meta.hello","input":{}}}';
const auth = 'Authorization: Bearer fuzzer';

const closeFrame = (code: number, reason: string | Buffer = ''): WireFrame => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return { opcode: close, payload: Buffer.concat([head, Buffer.from(reason)]) };
};
const repeated = (count: number, frame: WireFrame): WireFrame[] => Array.from({ length: count }, () => frame);

/** What RFC 6455 forbids, and what it allows and nobody does; each as the frames that follow a good upgrade. */
const frameShapes: Readonly<Record<string, readonly WireFrame[]>> = {
  'a text without a mask': [{ opcode: text, payload: hello, isMasked: false }],
  'a ping without a mask': [{ opcode: ping, isMasked: false }],
  ...Object.fromEntries(
    [1, 2, 3, 4, 7].map((rsv) => [`reserved bits ${rsv}`, [{ opcode: text, payload: hello, rsv }]]),
  ),
  ...Object.fromEntries(
    [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, [{ opcode, payload: hello }]]),
  ),
  'a ping in fragments': [{ opcode: ping, fin: false }, { opcode: continuation }],
  'a close in fragments': [{ opcode: close, fin: false }],
  'a ping of 126 bytes': [{ opcode: ping, payload: 'x'.repeat(126) }],
  'a ping of 64 kB': [{ opcode: ping, payload: 'x'.repeat(65_536) }],
  'a ping of 125 bytes': [{ opcode: ping, payload: 'x'.repeat(125) }],
  'a pong that nobody asked for': [{ opcode: pong, payload: 'x' }],
  'a continuation of nothing': [{ opcode: continuation, payload: hello }],
  'a text inside a text': [
    { opcode: text, payload: '{', fin: false },
    { opcode: text, payload: hello },
  ],
  'a text in three fragments with a ping between': [
    { opcode: text, payload: hello.slice(0, 10), fin: false },
    { opcode: ping, payload: 'x' },
    { opcode: continuation, payload: hello.slice(10, 20), fin: false },
    { opcode: continuation, payload: hello.slice(20) },
  ],
  '60 empty fragments': [
    { opcode: text, fin: false },
    ...repeated(60, { opcode: continuation, fin: false }),
    { opcode: continuation, payload: hello },
  ],
  '5,000 empty fragments': [
    { opcode: text, fin: false },
    ...repeated(5_000, { opcode: continuation, fin: false }),
  ],
  'fragments that never end': [
    { opcode: text, payload: '[', fin: false },
    ...repeated(40, { opcode: continuation, payload: ' '.repeat(20_000), fin: false }),
  ],
  'a length of 2^62': [{ opcode: text, declaredLength: 2n ** 62n }],
  'a length of 2^64 - 1': [{ opcode: text, declaredLength: 2n ** 64n - 1n }],
  'a length of 2^31': [{ opcode: text, declaredLength: 2n ** 31n }],
  'a length in more bytes than it takes': [{ opcode: text, payload: hello, lengthBytes: 8 }],
  'a length that is not kept': [{ opcode: text, payload: hello, declaredLength: 10_000n }],
  'a message at the limit': [{ opcode: text, payload: hello + ' '.repeat(262_144 - hello.length) }],
  'a message over the limit': [{ opcode: text, payload: hello + ' '.repeat(262_145 - hello.length) }],
  'a text that is no UTF-8': [{ opcode: text, payload: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }],
  'half a surrogate': [{ opcode: text, payload: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) }],
  'a character cut by a fragment': [
    { opcode: text, payload: Buffer.from([0x22, 0xc3]), fin: false },
    { opcode: continuation, payload: Buffer.from([0xa4, 0x22]) },
  ],
  'a binary message': [{ opcode: binary, payload: hello }],
  'a binary message of rubbish': [{ opcode: binary, payload: Buffer.from([0, 255, 1]) }],
  'an empty text': [{ opcode: text }],
  'bare PING': [{ opcode: text, payload: 'PING' }],
  'bare PONG': [{ opcode: text, payload: 'PONG' }],
  'a close without a code': [{ opcode: close }],
  'a close of one byte': [{ opcode: close, payload: 'x' }],
  ...Object.fromEntries(
    [0, 999, 1_000, 1_001, 1_004, 1_005, 1_006, 1_015, 2_999, 3_000, 4_001, 5_000, 65_535].map((code) => [
      `a close of ${code}`,
      [closeFrame(code)],
    ]),
  ),
  'a close whose reason is no UTF-8': [closeFrame(1_000, Buffer.from([0xff, 0xfe]))],
  'a close with a reason of 124 bytes': [closeFrame(1_000, 'x'.repeat(124))],
  'words after a close': [closeFrame(1_000), { opcode: text, payload: hello }],
  'two closes': [closeFrame(1_000), closeFrame(1_001)],
  '40 pings': repeated(40, { opcode: ping, payload: 'x' }),
  '3,000 pings': repeated(3_000, { opcode: ping }),
  '3,000 pongs': repeated(3_000, { opcode: pong }),
  '300 empty texts': repeated(300, { opcode: text }),
};

/** Bytes for a connection that is to become a WebSocket. */
export function socketShapes(port: number): Shape[] {
  const upgrade = (headers: readonly string[] = [auth], target = '/trpc') =>
    upgradeRequest(port, { target, headers });
  const without = (name: string) =>
    upgrade()
      .split('\r\n')
      .filter((line) => !line.startsWith(name))
      .join('\r\n');
  const swapped = (from: string, to: string) => upgrade().replace(from, to);
  const first = (payload: string | Buffer) => [
    upgrade([], '/trpc?connectionParams=1'),
    encodeFrame({ opcode: text, payload }),
  ];
  const handshakes: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    'words in the packet of the upgrade': [upgrade(), encodeFrame({ opcode: text, payload: hello })],
    'rubbish in the packet of the upgrade': [upgrade(), 'rubbish'.repeat(100)],
    'a second upgrade': [upgrade(), upgrade()],
    'a request after the upgrade': [upgrade(), `GET /v1/hello HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`],
    'half an upgrade': [upgrade().slice(0, 60)],
    'an upgrade without its last line': [upgrade().slice(0, -2)],
    'no key': [without('Sec-WebSocket-Key')],
    'a short key': [swapped('dGhlIHNhbXBsZSBub25jZQ==', 'short')],
    'two keys': [upgrade([auth, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='])],
    'no version': [without('Sec-WebSocket-Version')],
    'version 99': [swapped('Version: 13', 'Version: 99')],
    'version 8': [swapped('Version: 13', 'Version: 8')],
    'another protocol': [swapped('Upgrade: websocket', 'Upgrade: h2c')],
    'two protocols': [swapped('Upgrade: websocket', 'Upgrade: websocket, h2c')],
    'no connection header': [without('Connection')],
    'an upgrade by POST': [swapped('GET ', 'POST ')],
    'an upgrade of HTTP/1.0': [swapped('HTTP/1.1', 'HTTP/1.0')],
    'an upgrade of HEAD': [swapped('GET ', 'HEAD ')],
    'an upgrade with a body': [upgrade([auth, 'Content-Length: 5']), 'hello'],
    'an upgrade with chunks': [upgrade([auth, 'Transfer-Encoding: chunked']), '5\r\nhello\r\n0\r\n\r\n'],
    'compression offered, and used': [
      upgrade([auth, 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits']),
      encodeFrame({
        opcode: text,
        rsv: 4,
        payload: Buffer.from('ecc1010d000000c2a0f74f6d0f071400000000000000', 'hex'),
      }),
    ],
    'a wild offer of extensions': [upgrade([auth, `Sec-WebSocket-Extensions: ${'a;b=c,'.repeat(500)}d`])],
    'a broken offer of extensions': [
      upgrade([auth, 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99; =;;']),
    ],
    'a broken offer of protocols': [upgrade([auth, 'Sec-WebSocket-Protocol: ,,,'])],
    'names of JavaScript as protocols': [upgrade([auth, 'Sec-WebSocket-Protocol: __proto__, constructor'])],
    'a foreign origin': [upgrade([auth, 'Origin: https://evil.example'])],
    'a foreign page': [upgrade([auth, 'Sec-Fetch-Site: cross-site'])],
    'a credential in the URL': [upgrade([], '/trpc?token=fuzzer')],
    'another path': [upgrade([auth], '/v1/hello')],
    'a path below': [upgrade([auth], '/trpc/meta.hello')],
    'an unreadable path': [upgrade([auth], '//trpc')],
    'no credential': [upgrade([])],
    'an unknown credential': [upgrade(['Authorization: Bearer nobody'])],
    'another version of the protocol': [upgrade([auth, 'Perdure-Protocol: 99'])],
    'first words that are rubbish': first('rubbish'),
    'first words without a method': first('{}'),
    'first words that are null': first('null'),
    'first words without data': first('{"method":"connectionParams"}'),
    'first words of a wrong type': first(
      '{"method":"connectionParams","data":{"token":{"a":1},"protocol":[]}}',
    ),
    'first words that JavaScript knows': first(
      '{"method":"connectionParams","data":{"__proto__":{"token":"fuzzer"}}}',
    ),
    'first words of 5 kB': first(`{"method":"connectionParams","data":{"token":"${'x'.repeat(5_000)}"}}`),
    'first words nested deep': first(`{"method":"connectionParams","data":${'['.repeat(2_000)}`),
    'first words that are a call': first(hello),
    'first words that are binary': [
      upgrade([], '/trpc?connectionParams=1'),
      encodeFrame({ opcode: binary, payload: Buffer.from([1, 2, 3]) }),
    ],
    'first words, and a call at once': [
      ...first('{"method":"connectionParams","data":{"token":"fuzzer"}}'),
      encodeFrame({ opcode: text, payload: hello }),
    ],
    'first words twice': [
      ...first('{"method":"connectionParams","data":null}'),
      ...first('{"method":"connectionParams","data":{"token":"fuzzer"}}').slice(1),
    ],
  };
  const frames = Object.entries(frameShapes).map(([name, list]) => ({
    name,
    bytes: Buffer.concat([Buffer.from(upgrade()), ...list.map(encodeFrame)]),
  }));
  return [
    ...frames,
    ...Object.entries(handshakes).map(([name, parts]) => ({
      name,
      bytes: Buffer.concat(
        parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
      ),
    })),
  ];
}

/** Frames drawn by chance: most are nearly right. */
export function randomFrames(port: number, random: SeededRandom): Buffer {
  const frames = Array.from({ length: 1 + random.below(6) }, (): WireFrame => {
    const length = random.pick([0, 1, 5, 125, 126, 1_000, 70_000]);
    const opcode = random.chance(0.7) ? random.pick(Object.values(opcodes)) : random.below(16);
    // The server sends back the code that it was given.
    if (opcode === close)
      return closeFrame(random.pick([0, 999, 1_000, 1_005, 3_000, 65_535]), 'x'.repeat(random.below(124)));
    return {
      opcode,
      fin: random.chance(0.8),
      rsv: random.chance(0.9) ? 0 : random.below(8),
      isMasked: random.chance(0.95),
      payload: random.chance(0.3) ? hello : Buffer.alloc(length, random.below(256)),
      ...(random.chance(0.05) ? { declaredLength: BigInt(random.below(100_000)) } : {}),
    };
  });
  return Buffer.concat([Buffer.from(upgradeRequest(port, { headers: [auth] })), ...frames.map(encodeFrame)]);
}
