import { errorTable, isErrorCode } from '@perdure/protocol';

/** An answer that says no is short. */
const MOST_BYTES = 1_024;

/** Codes with which a socket may end: those of RFC 6455 for what a client does wrong, our own, and 3000, which a client sends. */
const closeCodes = new Set([
  1_000, 1_001, 1_002, 1_003, 1_007, 1_008, 1_009, 1_012, 1_013, 3_000, 4_001, 4_008, 4_009,
]);

/** What only this machine knows: stacks, paths of the source, modules. */
const internals = [
  /\bat .{1,200}:\d+:\d+/,
  /node_modules/,
  /file:\/\//,
  /\.ts:\d+/,
  /\/packages\/\w+\/src\//,
  /SqliteError|TypeError|RangeError|ZodError/,
];

/** Throws if a text tells what is nobody's business. */
export function judgeText(text: string): void {
  const told = internals.find((shape) => shape.test(text));
  if (told !== undefined) throw new Error(`The answer tells internals (${told}): ${text.slice(0, 500)}`);
}

/** Throws unless a body is an error of ours, short, of the status it came with, and one that the server foresaw. */
export function judgeErrorBody(value: unknown, status: number): string {
  const error = fieldOf(value, 'error');
  const code = fieldOf(error, 'code');
  if (!isErrorCode(code) || typeof fieldOf(error, 'message') !== 'string') return judgeRpcError(error);
  if (code === 'internal') throw new Error(`The server did not foresee it: ${JSON.stringify(error)}`);
  if (errorTable[code].status !== status) throw new Error(`${code} came with the status ${status}.`);
  judgeSize(JSON.stringify({ error }));
  return code;
}

/** The same of an error as tRPC's clients read it. */
export function judgeRpcError(error: unknown): string {
  const code = fieldOf(fieldOf(fieldOf(error, 'data'), 'perdure'), 'code');
  if (
    typeof fieldOf(error, 'code') !== 'number' ||
    typeof fieldOf(error, 'message') !== 'string' ||
    !isErrorCode(code)
  ) {
    throw new Error(`This is no error of ours: ${JSON.stringify(error)?.slice(0, 500)}`);
  }
  if (code === 'internal') throw new Error(`The server did not foresee it: ${JSON.stringify(error)}`);
  judgeSize(JSON.stringify({ error }));
  return code;
}

/** Throws unless a message of the server is one that tRPC's clients read; returns the code of an error. */
export function judgeMessage(text: string): string | undefined {
  if (text === 'PONG' || text === 'PING') return undefined;
  const message: unknown = JSON.parse(text);
  if (fieldOf(message, 'error') === undefined) {
    if (typeof fieldOf(fieldOf(message, 'result'), 'type') !== 'string')
      throw new Error(`This is no answer: ${text}`);
    return undefined;
  }
  judgeSize(text);
  judgeText(text);
  return judgeRpcError(fieldOf(message, 'error'));
}

export function judgeCloseCode(code: number): void {
  if (!closeCodes.has(code)) throw new Error(`The socket was closed with ${code}.`);
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Throws unless an answer is one that was meant; returns the code of an error. */
export function judgeHttpAnswer({ status, contentType, body }: HttpAnswer): string | undefined {
  if (status < 400) return undefined;
  judgeText(body);
  // Node's own parser answers some requests before there is one: a status and nothing else.
  if (body === '' && contentType === undefined) {
    if (status < 500) return undefined;
    throw new Error(`An empty answer of the status ${status}.`);
  }
  if (body === '') return undefined; // to HEAD
  if (contentType?.startsWith('application/json') !== true) {
    throw new Error(`An error of the type ${contentType}: ${body.slice(0, 300)}`);
  }
  const parsed: unknown = JSON.parse(body);
  // A tRPC batch is answered call by call.
  if (!Array.isArray(parsed)) return judgeErrorBody(parsed, status);
  const errors = parsed.map((answer) => fieldOf(answer, 'error')).filter((error) => error !== undefined);
  return errors.map(judgeRpcError)[0];
}

function judgeSize(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw new Error(`An error of ${bytes} bytes: ${text.slice(0, 300)}`);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** The answers at the start of what came over a connection, one after the other, each as far as it came. */
export function readHttpAnswers(bytes: Buffer): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  let rest = bytes.toString('latin1');
  while (rest !== '') {
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(rest)?.[1] ?? Number.NaN);
    const end = rest.indexOf('\r\n\r\n');
    if (Number.isNaN(status) || end === -1) throw new Error(`This is no HTTP: ${rest.slice(0, 300)}`);
    const head = rest.slice(0, end);
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1];
    rest = rest.slice(end + 4);
    if (status === 100) continue;
    if (status === 101) return answers;
    const length = Number(header('content-length') ?? 0);
    const isChunked = header('transfer-encoding') === 'chunked';
    const { body, size } = isChunked ? chunkedBody(rest) : { body: rest.slice(0, length), size: length };
    // A HEAD is answered with the length of what is not there.
    const isHeadless = !isChunked && rest.startsWith('HTTP/1.1 ');
    answers.push({
      status,
      contentType: header('content-type'),
      body: isHeadless ? '' : Buffer.from(body, 'latin1').toString('utf8'),
    });
    rest = isHeadless ? rest : rest.slice(size);
  }
  return answers;
}

function chunkedBody(text: string): { readonly body: string; readonly size: number } {
  let body = '';
  let at = 0;
  for (;;) {
    const [line = ''] = text.slice(at, at + 20).split('\r\n', 1);
    const length = Number.parseInt(line, 16);
    if (Number.isNaN(length)) return { body, size: text.length };
    body += text.slice(at + line.length + 2, at + line.length + 2 + length);
    at += line.length + 2 + length + 2;
    if (length === 0) return { body, size: Math.min(at, text.length) };
  }
}
