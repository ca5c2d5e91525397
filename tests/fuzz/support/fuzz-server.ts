import { fileURLToPath } from 'node:url';
import { ask } from '../../e2e/support/running-server.ts';
import { type ServerProcess, startServer } from '../../e2e/support/server-process.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';

export const fuzzConfig = fileURLToPath(new URL('./fuzz.config.ts', import.meta.url));
export const exhaustionConfig = fileURLToPath(new URL('./exhaustion.config.ts', import.meta.url));

/** What the process says of itself. */
export interface ProcessReport {
  /** Names of built-in properties that are not what they were. */
  readonly changed: readonly string[];
  readonly rss: number;
  readonly heapUsed: number;
}

export interface FuzzServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** Throws unless the process lives, has logged no fault, and its built-in prototypes are untouched. */
  inspect(): Promise<ProcessReport>;
}

/** The `perdure` command as a process of its own, with an agent that reports how the process is. */
export async function startFuzzServer({
  config = fuzzConfig,
  args = [],
  env = {},
}: {
  readonly config?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
} = {}): Promise<FuzzServer> {
  const directory = temporaryDirectory();
  const process = await startServer({
    directory: directory.path,
    config,
    args: ['--log-level', 'debug', ...args],
    // With little room for what is no longer needed, what is kept shows.
    env: { NODE_OPTIONS: '--expose-gc --max-semi-space-size=4 --max-old-space-size=320', ...env },
  });
  const { url, port } = process;
  let looked = 0;
  /** Of what was logged since the last look. */
  const newFaults = () => {
    const text = process.stderr();
    const end = text.lastIndexOf('\n') + 1;
    const faults = faultsIn(text.slice(looked, end));
    looked = end;
    return faults;
  };
  return {
    url,
    port,
    process,
    inspect: async () => {
      const exit = await Promise.race([process.exited, Promise.resolve()]);
      if (exit !== undefined) throw new Error(`The process ended: ${JSON.stringify(exit)}\n${tail(process)}`);
      const faults = newFaults();
      if (faults.length > 0) throw new Error(`The log tells of faults:\n${faults.join('\n')}`);
      const report = await reportOf(url);
      if (report.changed.length > 0) throw new Error(`These were changed: ${report.changed.join(', ')}`);
      return report;
    },
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Lines of a log that no input may bring about: errors, and whatever is no line of the log. */
function faultsIn(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && (!line.startsWith('{') || /"level":"(error|fatal)"/.test(line)))
    .map((line) => line.slice(0, 2_000))
    .slice(0, 5);
}

function tail(process: ServerProcess): string {
  return process.stderr().slice(-4_000);
}

async function reportOf(url: string): Promise<ProcessReport> {
  const token = 'control';
  const { body: session } = await ask(`${url}/v1/sessions`, 'POST', { token, body: { agent: 'reporter' } });
  const at = `${url}/v1/sessions/${session.id}`;
  const { body: sent } = await ask(`${at}/messages`, 'POST', { token, body: { content: 'how are you' } });
  await ask(`${at}/runs/${sent.runId}?wait=30`, 'GET', { token });
  const { body: page } = await ask(`${at}/blocks?limit=1`, 'GET', { token });
  const [{ content }] = page.items;
  await ask(at, 'DELETE', { token });
  return JSON.parse(content);
}
