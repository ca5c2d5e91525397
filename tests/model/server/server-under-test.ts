import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { facts } from '../../e2e/support/facts.ts';
import { SCRIPTED_ERROR } from './speaking-agent.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';

const program = fileURLToPath(new URL('./model-server.ts', import.meta.url));

type Deed =
  | { readonly does: 'open'; readonly tag: string }
  | { readonly does: 'load' | 'unload'; readonly sessionId: string }
  | { readonly does: 'stop'; readonly deadlineMs: number };

export type Order = Deed & { readonly id: number };
/** What the server's process tells: its address once, each run that an agent began, and how each order ended. */
export type Answer =
  | { readonly url: string }
  | { readonly began: string }
  | { readonly id: number; readonly error?: string };

/** Runs get the half of what is left of it after the closing of sockets and store. */
const STOP_MS = 2_600;
/** Of what it wrote to stderr, for the report of a failure. */
const KEPT_WORDS = 4_000;

/** A server in a process of its own, on one data directory from its first start to its last. */
export class ServerUnderTest implements AsyncDisposable {
  readonly #directory = temporaryDirectory();
  readonly #opened = new Set<string>();
  readonly #news = facts();
  readonly #answers = new Map<number, Answer>();
  readonly #begun = new Set<string>();
  readonly #begunTwice = new Set<string>();
  #child: ChildProcess | undefined;
  #orders = 0;
  #url = '';
  #words = '';

  get url(): string {
    return this.#url;
  }

  /** While it is down, that of its last start: nobody is there. */
  get port(): number {
    return Number(new URL(this.#url).port);
  }

  /** Runs that an agent was asked for more than once: what it did in the world is done twice. */
  get begunTwice(): readonly string[] {
    return [...this.#begunTwice];
  }

  /** The last of what it wrote to stderr. */
  get words(): string {
    return this.#words;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = fork(program, [this.#directory.path], {
      execArgv: ['--conditions=@perdure/source'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    let isReady = false;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = text.split('\n').filter((line) => !line.includes(SCRIPTED_ERROR));
      this.#words = (this.#words + lines.join('\n')).slice(-KEPT_WORDS);
    });
    child.on('message', (answer: Answer) => {
      if ('url' in answer) {
        this.#url = answer.url;
        isReady = true;
      } else if ('began' in answer) this.#takeBegin(answer.began);
      else this.#answers.set(answer.id, answer);
      this.#news.tell();
    });
    child.once('exit', () => this.#news.tell());
    await this.#news.until(() => {
      if (hasEnded(child)) throw new Error(`The server did not start:\n${this.#words}`);
      return isReady;
    });
    for (const tag of this.#opened) await this.#order({ does: 'open', tag });
  }

  /** The agents that wait at this gate go on; those that come to it later do not wait. */
  async open(tag: string): Promise<void> {
    this.#opened.add(tag);
    await this.#order({ does: 'open', tag });
  }

  isOpen(tag: string): boolean {
    return this.#opened.has(tag);
  }

  load(sessionId: string): Promise<void> {
    return this.#order({ does: 'load', sessionId });
  }

  unload(sessionId: string): Promise<void> {
    return this.#order({ does: 'unload', sessionId });
  }

  /** Ends it in the middle of whatever it does. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end();
  }

  /**
   * Ends it in good order and starts it again. False: it says that the time it had was not enough, so that what was open
   * ended as by a kill.
   */
  async restart(): Promise<boolean> {
    this.#words = '';
    await this.#order({ does: 'stop', deadlineMs: STOP_MS });
    await this.#end();
    const isInOrder = !/deadline of the shutdown passed|did not end in time/.test(this.#words);
    await this.start();
    return isInOrder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.#directory[Symbol.dispose]();
  }

  #takeBegin(runId: string): void {
    if (this.#begun.has(runId)) this.#begunTwice.add(runId);
    this.#begun.add(runId);
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.kill('SIGKILL');
    await once(child, 'close'); // after the last of its words
  }

  async #order(deed: Deed): Promise<void> {
    const child = this.#child;
    this.#orders += 1;
    const id = this.#orders;
    child?.send({ ...deed, id });
    const answer = await this.#news.until(() => {
      if (child === undefined || hasEnded(child)) throw new Error(`The server has ended:\n${this.#words}`);
      return this.#answers.get(id);
    });
    this.#answers.delete(id);
    if ('error' in answer) throw new Error(`The server could not ${deed.does}: ${answer.error}`);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
