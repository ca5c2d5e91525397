import { randomBytes } from 'node:crypto';

/** A secret that is nowhere else, so that every trace of it is found. */
export interface Canary {
  readonly name: string;
  /** With characters that URLs, JSON and patterns of tokens treat each in their own way; valid in a header. */
  readonly value: string;
  /** The part that neither URLs nor JSON change. */
  readonly core: string;
}

export function canary(name: string): Canary {
  const core = `k${[...randomBytes(LENGTH - 1)].map((byte) => (byte % 36).toString(36)).join('')}`;
  return { name, value: `${name}-${core}+/"\\%`, core };
}

const LENGTH = 24;
/** Of a secret that was cut, a part still shows; so much of one stands nowhere by chance. */
const PART = 8;

/** In which form a text or file holds a canary, or a part of it; `undefined`: in none. */
export function formIn(content: string | Buffer, { core }: Canary): string | undefined {
  const text = Buffer.isBuffer(content) ? content.toString('latin1') : content;
  return formsOf(core).find(([, form]) => text.includes(form))?.[0];
}

function formsOf(core: string): readonly (readonly [string, string])[] {
  const parts = [0, PART, 2 * PART].map((start) => core.slice(start, start + PART));
  return parts.flatMap((part) => [
    // A URL and a JSON text have these characters as they are.
    ['plain', part] as const,
    ['hex', Buffer.from(part).toString('hex')] as const,
    ...[0, 1, 2].map((before) => ['base64', base64Within(part, before)] as const),
  ]);
}

/** How a text stands in the base64 of a longer one in which so many bytes are before it, without what these decide too. */
function base64Within(text: string, before: number): string {
  const encoded = Buffer.from(`${' '.repeat(before)}${text}`)
    .toString('base64')
    .replace(/=+$/, '');
  const start = before === 0 ? 0 : before + 1;
  return encoded.slice(start, encoded.length - ((before + text.length) % 3 === 0 ? 0 : 1));
}
