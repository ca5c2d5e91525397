// The thread that writes, or, another of the same file, one that copies. It is a file of its own, found through the imports
// of package.json in source and in dist alike.
import { parentPort } from 'node:worker_threads';
import { backUp } from './back-up.ts';
import { openConnection } from './open-connection.ts';
import { openDatabase } from './open-database.ts';
import { toThreadError } from './thread-error.ts';
import { WriterDatabase } from './writer-database.ts';
import type {
  CopyOptions,
  WriterCalls,
  WriterOptions,
  WriterReply,
  WriterRequest,
} from './writer-messages.ts';

/** Answers one request after the other, in the order in which they came. */
class Writer {
  #database: WriterDatabase | undefined;

  async answer(request: WriterRequest): Promise<WriterCalls[WriterRequest['call']]['answer']> {
    switch (request.call) {
      case 'open':
        this.#database = await openDatabase(request.ask);
        return this.#database.unfinished();
      case 'reopen':
        return this.#reopen(request.ask);
      case 'write':
        return this.#write(request.ask);
      case 'copy':
        return copy(request.ask);
      case 'ping':
        return undefined;
      case 'close':
        this.#drop();
        return undefined;
    }
  }

  /** After an answer went out, so that nobody waits for it. A failure shows in the next write. */
  tidy(after: 'open' | 'write'): void {
    try {
      if (after === 'open') this.#database?.settle();
      else this.#database?.checkpoint();
    } catch {
      this.#drop();
    }
  }

  #write(group: WriterCalls['write']['ask']): WriterCalls['write']['answer'] {
    if (this.#database === undefined) throw new Error('The database is closed after a failure of the disk.');
    try {
      return this.#database.write(group);
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  #reopen(options: WriterOptions): WriterCalls['reopen']['answer'] {
    this.#drop();
    const database = new WriterDatabase(options);
    try {
      database.probe();
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
    return database.unfinished();
  }

  #drop(): void {
    const database = this.#database;
    this.#database = undefined;
    database?.close();
  }
}

async function copy({ path, target, busyTimeoutMs, stop }: CopyOptions): Promise<undefined> {
  const db = openConnection({ path, isReader: true, durability: 'disk', busyTimeoutMs });
  try {
    const isStopped = () => Atomics.load(stop, 0) === 1;
    await backUp(db, { target, mayReplace: false, roomFactor: 1, isStopped });
  } finally {
    db.close();
  }
}

const writer = new Writer();
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: WriterRequest) => {
  last = last.then(() => reply(request));
});

async function reply(request: WriterRequest): Promise<void> {
  const { id } = request;
  const answer: WriterReply = await writer.answer(request).then(
    (value) => ({ id, answer: value }),
    (error: unknown) => ({ id, error: toThreadError(error) }),
  );
  parentPort?.postMessage(answer);
  if (request.call === 'open' || request.call === 'write') writer.tidy(request.call);
  if (request.call === 'close') parentPort?.close(); // nothing keeps the thread alive then
}
