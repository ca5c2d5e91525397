import { PerdureError } from '@perdure/protocol';

/** What a client says of itself before anything else, if its URL announced that it would. */
export interface ConnectionParams {
  readonly token: string | undefined;
  readonly protocol: string | undefined;
}

/** Reads tRPC's `{ method: 'connectionParams', data: { token?, protocol? } }`. */
export function parseFirstMessage(data: Buffer, maxBytes: number): ConnectionParams {
  if (data.length > maxBytes) {
    throw new PerdureError(
      'payload-too-large',
      `The connectionParams are larger than ${maxBytes} bytes (limits.handshakeBytes).`,
      {
        details: { limit: 'handshakeBytes', max: maxBytes, current: data.length },
      },
    );
  }
  const message = parse(data);
  if (
    !isRecord(message) ||
    message['method'] !== 'connectionParams' ||
    !(message['data'] === null || isRecord(message['data']))
  ) {
    throw new PerdureError(
      'invalid-input',
      'The URL announced connectionParams, so they must be the first message.',
    );
  }
  const params = message['data'] ?? {};
  return { token: textOf(params, 'token'), protocol: textOf(params, 'protocol') };
}

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    throw new PerdureError('malformed-json', 'The first message is not JSON.');
  }
}

function textOf(params: Record<string, unknown>, name: string): string | undefined {
  const value = params[name];
  // tRPC's client writes numbers as they are.
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
