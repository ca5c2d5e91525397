import { COMMAND_ID_PATTERN, PerdureError } from '@perdure/protocol';
import { isRecord, readErrorBody, readJson } from '../rest/read-error.ts';
import type { ClientStorage } from '../storage/client-storage.ts';
import { itemOf, type Message, type OutboxItem } from './outbox-model.ts';

// Several tabs may share a storage: every change reads what is there, changes one command and writes it back. A tab that
// finds another's command sends it too, under the same id: the server does it once.

/** What is kept of the commands that the server does not have yet. Failures of the storage are borne: the memory has all. */
export interface OutboxStorage {
  /** Sessions that something was kept of. */
  sessions(): Promise<readonly string[]>;
  load(sessionId: string): Promise<readonly OutboxItem[]>;
  put(sessionId: string, item: OutboxItem): Promise<void>;
  drop(sessionId: string, commandId: string): Promise<void>;
}

/** Sessions with unsent commands that are remembered; a person has a handful. */
const MOST_SESSIONS = 100;

interface StoredItem {
  readonly commandId: string;
  readonly message: Message;
  readonly principal?: string | undefined;
  /** Of a failed one. */
  readonly error?: unknown;
}

export function createOutboxStorage(storage: ClientStorage, base: string): OutboxStorage {
  const index = `perdure:outbox:${base}`;
  const keyOf = (sessionId: string) => `${index}:${sessionId}`;
  // One change after the other: the storage may be asynchronous.
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(run: () => T | Promise<T>, otherwise: T): Promise<T> {
    const done = last.then(run).catch(() => otherwise);
    last = done;
    return done;
  }

  /** Reads, changes and writes without giving way, where the storage is synchronous. */
  function change<T>(key: string, read: (text: string | null) => T[], edit: (items: T[]) => T[]) {
    const write = (text: string | null) => {
      const items = edit(read(text));
      const done = items.length === 0 ? storage.removeItem(key) : storage.setItem(key, JSON.stringify(items));
      return whenDone(done, () => items.length);
    };
    return whenDone(storage.getItem(key), write);
  }

  const note = (sessionId: string, isEmpty: boolean) =>
    change(index, readSessions, (ids) => {
      const others = ids.filter((id) => id !== sessionId);
      return isEmpty ? others : [...others, sessionId].slice(-MOST_SESSIONS);
    });

  const edit = (sessionId: string, editItems: (items: StoredItem[]) => StoredItem[]) =>
    inTurn<unknown>(
      () =>
        whenDone(change(keyOf(sessionId), readItems, editItems), (length) => note(sessionId, length === 0)),
      undefined,
    );

  return {
    sessions: () => inTurn(() => whenDone(storage.getItem(index), readSessions), []),
    load: (sessionId) =>
      inTurn(() => whenDone(storage.getItem(keyOf(sessionId)), (text) => readItems(text).map(restored)), []),
    async put(sessionId, item) {
      const stored = storedOf(item);
      await edit(sessionId, (items) => {
        const at = items.findIndex(({ commandId }) => commandId === item.commandId);
        return at === -1 ? [...items, stored] : items.with(at, stored);
      });
    },
    async drop(sessionId, commandId) {
      await edit(sessionId, (items) => items.filter((item) => item.commandId !== commandId));
    },
  };
}

function storedOf({ commandId, message, principal, status, error }: OutboxItem): StoredItem {
  return { commandId, message, principal, error: status === 'failed' ? error?.toBody() : undefined };
}

function restored({ commandId, message, principal, error }: StoredItem): OutboxItem {
  const item = { ...itemOf(commandId, message, principal), status: 'pending' as const };
  if (error === undefined) return item;
  const known = readErrorBody(error) ?? new PerdureError('internal', 'It failed before the reload.');
  return { ...item, status: 'failed', error: known };
}

function readSessions(text: string | null): string[] {
  return readList(text).filter((id) => typeof id === 'string');
}

/** Others can write into the storage, too: what does not look like ours is left out. */
function readItems(text: string | null): StoredItem[] {
  return readList(text).filter((value): value is StoredItem => {
    if (!isRecord(value) || !isRecord(value['message'])) return false;
    const { commandId, message } = value;
    return typeof commandId === 'string' && COMMAND_ID_PATTERN.test(commandId) && 'content' in message;
  });
}

function readList(text: string | null): unknown[] {
  const value = readJson(text ?? '');
  return Array.isArray(value) ? value : [];
}

function whenDone<A, B>(value: A | Promise<A>, then: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(then) : then(value);
}
