import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of ours in a process of its own that says when it is ready, and how it is when asked. */
export interface ReportingProcess<Hello, Report> extends AsyncDisposable {
  readonly hello: Hello;
  readonly pid: number;
  /** How it is since it was last asked, or since it was ready. */
  report(): Promise<Report>;
  /** Kills it without a word; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ReportingProgram {
  /** A file beside this one. */
  readonly file: string;
  readonly args: readonly string[];
  /** What it is started by, such as a command that gives it a network of its own. */
  readonly command?: readonly string[];
}

interface Answer<Report> {
  readonly number: number;
  readonly report: Report;
}

/** Starts the program; it answers with `tellReports`. */
export async function startReporting<Hello, Report>({
  file,
  args,
  command = [],
}: ReportingProgram): Promise<ReportingProcess<Hello, Report>> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const [first = '', ...rest] = [
    ...command,
    process.execPath,
    '--conditions=@perdure/source',
    program,
    ...args,
  ];
  const child = spawn(first, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const ended = exited.then(([code, signal]) => {
    throw new Error(`${file} ended with ${code ?? signal}.`);
  });
  ended.catch(() => {}); // only those who wait for something are told
  const [hello] = (await Promise.race([once(child, 'message'), ended])) as [Hello];
  const asked = new Map<number, (report: Report) => void>();
  child.on('message', ({ number, report }: Answer<Report>) => {
    asked.get(number)?.(report);
    asked.delete(number);
  });
  let questions = 0;
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    hello,
    pid: child.pid ?? 0,
    report: () => {
      const number = questions++;
      const answer = new Promise<Report>((resolve) => void asked.set(number, resolve));
      child.send(number);
      return Promise.race([answer, ended]);
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** In the program: says that it is ready, and answers its parent until that is gone. */
export function tellReports<Hello, Report>(hello: Hello, report: () => Report): void {
  process.on('message', (number) => process.send?.({ number, report: report() }));
  process.on('disconnect', () => process.exit());
  process.send?.(hello);
}
