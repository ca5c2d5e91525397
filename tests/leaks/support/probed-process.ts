import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { facts } from '../../e2e/support/facts.ts';
import type { Holdings, ProbeAnswer, ProbeRequest } from './holdings.ts';

const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));

type Ask = ProbeRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'id'>
    : never
  : never;

/** A program as a process of its own, with the probe in it. */
export interface ProbedProcess extends AsyncDisposable {
  readonly pid: number;
  holdings(): Promise<Holdings>;
  ask<T>(request: Ask): Promise<T>;
  /** Sends what is not for the probe. */
  send(message: object): void;
  /** What `find` makes of a message that is not from the probe, or of what was written to stdout. */
  until<T>(find: (told: Told) => T | undefined | false): Promise<T>;
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  readonly exited: Promise<Exit>;
  /** The last that was written there. */
  stderr(): string;
}

interface Told {
  readonly stdout: string;
  readonly messages: readonly unknown[];
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function startProbedProcess(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProbedProcess {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--conditions=@perdure/source', '--import', probe, program, ...args],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...env } },
  );
  const { tell, end, until } = facts();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000); // the last words are those that tell why
  });
  const answers = new Map<number, ProbeAnswer>();
  const messages: unknown[] = [];
  child.on('message', (message: object) => {
    if ('id' in message) answers.set((message as ProbeAnswer).id, message as ProbeAnswer);
    else messages.push(message);
    tell();
  });
  const exited = once(child, 'exit').then(([code, signal]): Exit => {
    end(new Error(`${program} is gone (${code ?? signal}).\n${stderr}`));
    return { code, signal };
  });

  let lastId = 0;
  async function ask<T>(request: Ask): Promise<T> {
    lastId += 1;
    const id = lastId;
    child.send({ ...request, id }, () => {}); // where it is gone, the wait ends with it
    const answer = await until(() => answers.get(id));
    answers.delete(id);
    if ('error' in answer) throw new Error(answer.error);
    return answer.answer as T;
  }

  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid ?? 0,
    holdings: () => ask({ ask: 'holdings' }),
    ask,
    send: (message) => void child.send(message),
    until: (find) => until(() => find({ stdout, messages })),
    kill,
    exited,
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => {
      await kill('SIGKILL');
    },
  };
}
