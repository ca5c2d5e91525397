import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { facts } from './facts.ts';

export interface CurlAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test is about
  readonly body: any;
}

/** Runs curl, with JSON as its body if there is one. */
export async function curl(
  method: string,
  url: string,
  json?: unknown,
  ...more: string[]
): Promise<CurlAnswer> {
  const body = json === undefined ? [] : ['--json', JSON.stringify(json)];
  const args = ['-sS', '-X', method, ...body, ...more, '-w', '\n%{http_code}', url];
  const { stdout } = await promisify(execFile)('curl', args);
  const at = stdout.lastIndexOf('\n');
  const text = stdout.slice(0, at);
  return { status: Number(stdout.slice(at + 1)), body: text === '' ? undefined : JSON.parse(text) };
}

/** curl that follows a stream, until it is killed or the stream ends. */
export function curlStream(url: string, ...headers: string[]) {
  const args = headers.flatMap((header) => ['-H', header]);
  const child: ChildProcess = spawn('curl', ['-sSN', '-H', 'Accept: text/event-stream', ...args, url]);
  const { tell, end, until } = facts();
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    tell();
  });
  const exited = once(child, 'exit').then(() => end(new Error('curl ended without it.')));
  return {
    output: () => output,
    /** Resolves with the output when it holds a text. */
    until: (text: string) => until(() => output.includes(text) && output),
    exited,
    /** The ids of the events so far. */
    cursors: () => [...output.matchAll(/^id: (\S+)$/gm)].map(([, cursor]) => cursor ?? ''),
    seqs: () => [...output.matchAll(/"seq":(\d+),"at":"[^"]*","type"/g)].map(([, seq]) => Number(seq)),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
}
