import { PerdureError } from '@perdure/protocol';

/**
 * The request with a body of at most `maxBytes`; rejects with `payload-too-large`, without reading where the length is told.
 * `hono/body-limit` would do this, but it makes the request anew from the bridge's own kind of Request, which only works
 * when the bridge may replace the global one.
 */
export async function limitBody(request: Request, maxBytes: number): Promise<Request> {
  if (!bodyMethods.has(request.method) || request.body === null) return request;
  const declared = request.headers.get('content-length');
  if (declared !== null && !request.headers.has('transfer-encoding')) {
    if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
    return request; // the HTTP parser reads no more than was told
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const { url, method, signal } = request;
  return new Request(url, { method, headers: [...request.headers], body: new Blob(chunks), signal });
}

const bodyMethods = new Set(['POST', 'PUT', 'PATCH']);

function tooLarge(max: number): PerdureError {
  return new PerdureError('payload-too-large', `The body is larger than ${max} bytes (limits.bodyBytes).`, {
    details: { limit: 'bodyBytes', max },
  });
}
