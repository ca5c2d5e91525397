// N1. The connection that writes is the one that holds the lock of the schema: whoever has lost the lock cannot write either.
// N2. PostgreSQL lets go of the lock when the connection that held it is over, with all that it had under way. So whoever
//     gets it knows that nothing of an earlier owner will still be written.
import type pg from 'pg';
import { farewell } from './farewell.ts';
import type { ServerFacts } from './server-facts.ts';

/** A connection as the server knows it: its number may be given again, but not with the same beginning. */
export interface Backend {
  readonly pid: number;
  readonly startedAt: string;
}

export interface OwnerConnectionParts {
  readonly client: pg.Client;
  readonly facts: ServerFacts;
  readonly backend: Backend;
  /** Told when the connection ends, whatever ended it, unless it was closed. */
  readonly onEnd: (error: unknown) => void;
}

/** The one connection that writes, when the schema is this process's. */
export class OwnerConnection {
  readonly facts: ServerFacts;
  readonly backend: Backend;
  readonly #client: pg.Client;
  #onEnd: ((error: unknown) => void) | undefined;

  constructor({ client, facts, backend, onEnd }: OwnerConnectionParts) {
    this.facts = facts;
    this.backend = backend;
    this.#client = client;
    this.#onEnd = onEnd;
    client.on('error', (error) => this.#tell(error));
    client.on('end', () => this.#tell(new Error('The connection that writes has ended.')));
  }

  async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    return (await this.#client.query<Row>(query)).rows;
  }

  /** Lets go of the lock. */
  async close(): Promise<void> {
    this.#onEnd = undefined;
    await farewell(this.#client.end(), [this.#client]);
  }

  #tell(error: unknown): void {
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.(error);
  }
}
