/** A WebSocket frame as RFC 6455 draws it, with everything in it that a client may get wrong. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload?: string | Buffer;
  /** Default: true. */
  readonly fin?: boolean;
  /** The three reserved bits as a number from 0 to 7. Default: 0. */
  readonly rsv?: number;
  /** Clients must mask. Default: true. */
  readonly isMasked?: boolean;
  /** What the header says instead of the true length. */
  readonly declaredLength?: bigint;
  /** Bytes in which the length is told. Default: as few as it takes. */
  readonly lengthBytes?: 0 | 2 | 8;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);

export function encodeFrame(frame: WireFrame): Buffer {
  const { opcode, fin = true, rsv = 0, isMasked = true } = frame;
  const payload = Buffer.from(frame.payload ?? '');
  const length = frame.declaredLength ?? BigInt(payload.length);
  const lengthBytes = frame.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] =
    (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? Number(length) & 0x7f : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(BigInt.asUintN(16, length)), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  if (!isMasked) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

export interface ReadFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames at the start of what a server sent, and what is left. */
export function readFrames(bytes: Buffer): { readonly frames: readonly ReadFrame[]; readonly rest: Buffer } {
  const frames: ReadFrame[] = [];
  let rest = bytes;
  for (;;) {
    const frame = readFrame(rest);
    if (frame === undefined) return { frames, rest };
    frames.push(frame);
    rest = rest.subarray(frame.size);
  }
}

function readFrame(bytes: Buffer): (ReadFrame & { readonly size: number }) | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + lengthBytes) return undefined;
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = 2 + lengthBytes + length;
  if (bytes.length < size) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(2 + lengthBytes, size), size };
}

/** The request that asks for a WebSocket, with lines of one's own. */
export function upgradeRequest(
  port: number,
  { target = '/trpc', headers = [] }: UpgradeOptions = {},
): string {
  return `${[
    `GET ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ].join('\r\n')}\r\n\r\n`;
}

export interface UpgradeOptions {
  readonly target?: string;
  readonly headers?: readonly string[];
}
