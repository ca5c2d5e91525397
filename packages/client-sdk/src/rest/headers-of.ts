import { PROTOCOL_VERSION } from '@perdure/protocol';

/** The headers of every request, but for the media types. */
export function headersOf(token: string | undefined): Record<string, string> {
  return {
    'perdure-protocol': String(PROTOCOL_VERSION),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}
