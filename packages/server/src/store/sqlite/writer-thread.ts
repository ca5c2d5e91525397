import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { fromThreadError } from './thread-error.ts';
import type { WriterCall, WriterCalls, WriterReply } from './writer-messages.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that writes, as seen from the main one. */
export class WriterThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEnd: (error: Error) => void;
  #lastId = 0;
  #end: Error | undefined;

  /** `onEnd` is told when the thread ends, whatever ended it. */
  constructor(onEnd: (error: Error) => void) {
    this.#onEnd = onEnd;
    this.#worker = new Worker(new URL(import.meta.resolve('#sqlite-writer')), {
      name: 'perdure-sqlite-writer',
    });
    this.#worker.on('message', (reply: WriterReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`The writer thread ended with code ${code}.`)));
  }

  /** False: the thread has ended, and every call rejects. */
  get isAlive(): boolean {
    return this.#end === undefined;
  }

  call<C extends WriterCall>(call: C, ask: WriterCalls[C]['ask']): Promise<WriterCalls[C]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      this.#worker.postMessage({ id: this.#lastId, call, ask });
    });
  }

  /**
   * Resolves when the thread has ended, which it does by itself once it has answered `close`. It is never ended from outside:
   * that strikes it wherever it stands, and in a thread that is just loading the driver it brings the whole process down.
   */
  async ended(): Promise<void> {
    if (this.#end === undefined) await once(this.#worker, 'exit');
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(fromThreadError(reply.error));
    else waiting?.resolve(reply.answer as never);
  }

  #fail(error: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#onEnd(error);
  }
}
