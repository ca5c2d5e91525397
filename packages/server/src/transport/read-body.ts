import { PerdureError } from '@perdure/protocol';

/**
 * The text of a body of at most `maxBytes`. Rejects with `payload-too-large`, without reading where the length is told, and
 * with `invalid-input` where the sender leaves in the middle: what a stranger breaks off is no fault of ours.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  if (request.body === null) return '';
  const declared = request.headers.get('content-length');
  const isDeclared = declared !== null && !request.headers.has('transfer-encoding');
  if (isDeclared && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  try {
    // The HTTP parser reads no more than was told.
    return isDeclared ? await request.text() : await readChunks(request.body, maxBytes);
  } catch (cause) {
    if (cause instanceof PerdureError) throw cause;
    throw new PerdureError('invalid-input', 'The body ended before it was whole.', { cause });
  }
}

async function readChunks(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function tooLarge(max: number): PerdureError {
  return new PerdureError('payload-too-large', `The body is larger than ${max} bytes (limits.bodyBytes).`, {
    details: { limit: 'bodyBytes', max },
  });
}
