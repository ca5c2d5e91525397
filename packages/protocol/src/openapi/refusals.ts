import { errorCodesOf } from '../contract/error-codes-of.ts';
import type { Leaf } from '../contract/leaf.ts';
import { errorTable, type WireErrorCode } from '../error-codes.ts';
import { errorMeanings } from '../error-meanings.ts';
import type { JsonObject } from '../json.ts';

/** The codes with which a leaf refuses, by their HTTP status, lowest first. */
export function refusalsOf(leaf: Leaf): [status: number, codes: WireErrorCode[]][] {
  const byStatus = new Map<number, WireErrorCode[]>();
  for (const code of errorCodesOf(leaf)) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code].sort());
  }
  return [...byStatus].sort(([a], [b]) => a - b);
}

/** What a response is called among the components: many leaves share it. */
export const refusalName = (codes: readonly WireErrorCode[]): string => codes.join('.');

export function refusalResponse(status: number, codes: readonly WireErrorCode[]): JsonObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${errorMeanings[code]}`).join('\n\n'),
    ...(status === 429 ? { headers: { 'Retry-After': retryAfter } } : {}),
    content: {
      'application/json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/ErrorAnswer' },
            { properties: { error: { properties: { code: { enum: [...codes] } } } } },
          ],
        },
      },
    },
  };
}

const retryAfter: JsonObject = { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } };
