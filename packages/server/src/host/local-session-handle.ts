import type {
  Accepted,
  Access,
  AnyEvent,
  Block,
  Page,
  RunState,
  SessionListItem,
  SessionSnapshot,
  Submitted,
} from '@perdure/protocol';
import {
  formatCursor,
  isOpenRun,
  isPerdureError,
  MAIN_CONVERSATION,
  PerdureError,
  parseCursor,
} from '@perdure/protocol';
import { contract, type Leaf } from '@perdure/protocol/schemas';
import type * as z from 'zod';
import { authorizeSession } from '../access/authorize-session.ts';
import type { FrameSink } from '../hub/client-hub.ts';
import type { NamedCommand } from '../session/session-command.ts';
import type { SessionRecord } from '../store/session-store.ts';
import { commandSession } from './command-session.ts';
import { readBlockPage } from './block-page.ts';
import { readEventPage } from './event-page.ts';
import { findRun } from './find-run.ts';
import type { HandleParts } from './handle-parts.ts';
import { runNotFound, sessionDeleted, shuttingDown } from './host-errors.ts';
import { listItemOf } from './list-item.ts';
import { loadState } from './load-state.ts';
import { parseInput } from './parse-input.ts';
import type { SessionHandle } from './session-handle.ts';
import { readOnly } from './storage-guard.ts';

const leaves = contract.sessions;
const DEFAULT_PAGE = 50;

type Input<M extends keyof SessionHandle> = SessionHandle[M] extends (
  input: infer I,
  ...rest: never[]
) => unknown
  ? I
  : never;

/** A session of this process or its store, as one principal may use it. Every method authorises by its leaf of the contract. */
export class LocalSessionHandle implements SessionHandle {
  readonly id: string;
  readonly #host: HandleParts;

  constructor(id: string, host: HandleParts) {
    this.id = id;
    this.#host = host;
  }

  async get(): Promise<SessionSnapshot> {
    const record = await this.#authorize(leaves.get);
    const loaded = this.#host.sessions.get(record.key);
    if (loaded !== undefined) return snapshotOf(loaded.state.toSnapshot(), loaded.epoch);
    const { record: read, state } = await loadState(this.#host.parts.store, record);
    return snapshotOf(state.toSnapshot(), read.epoch);
  }

  async item(): Promise<SessionListItem> {
    return listItemOf(await this.#authorize(leaves.get));
  }

  async submit(input: Input<'submit'>): Promise<Submitted> {
    const { commandId, ...rest } = this.#parse(leaves.submit, input);
    return this.#command(leaves.submit, { name: 'submit', input: rest }, commandId);
  }

  async update(input: Input<'update'>): Promise<Accepted> {
    const { commandId, ...rest } = this.#parse(leaves.update, input);
    return this.#command(leaves.update, { name: 'update', input: rest }, commandId);
  }

  async updateQueued(input: Input<'updateQueued'>): Promise<Accepted> {
    const { commandId, ...rest } = this.#parse(leaves.queue.update, input);
    return this.#command(leaves.queue.update, { name: 'queue.update', input: rest }, commandId);
  }

  async removeQueued(input: Input<'removeQueued'>): Promise<Accepted> {
    const { commandId, ...rest } = this.#parse(leaves.queue.remove, input);
    return this.#command(leaves.queue.remove, { name: 'queue.remove', input: rest }, commandId);
  }

  async promoteQueued(input: Input<'promoteQueued'>): Promise<Accepted> {
    const { commandId, ...rest } = this.#parse(leaves.queue.promote, input);
    return this.#command(leaves.queue.promote, { name: 'queue.promote', input: rest }, commandId);
  }

  async holdQueue(input: Input<'holdQueue'>): Promise<Accepted> {
    const { commandId } = this.#parse(leaves.queue.hold, input);
    return this.#command(leaves.queue.hold, { name: 'queue.hold', input: {} }, commandId);
  }

  async releaseQueue(input: Input<'releaseQueue'>): Promise<Accepted> {
    const { commandId } = this.#parse(leaves.queue.release, input);
    return this.#command(leaves.queue.release, { name: 'queue.release', input: {} }, commandId);
  }

  async interrupt(input: Input<'interrupt'>): Promise<Accepted> {
    const { commandId, ...rest } = this.#parse(leaves.interrupt, input);
    return this.#command(leaves.interrupt, { name: 'interrupt', input: rest }, commandId);
  }

  async runs(input: Input<'runs'>): Promise<Page<RunState>> {
    const { limit = DEFAULT_PAGE, cursor } = this.#parse(leaves.runs, input);
    const { key } = await this.#authorize(leaves.runs);
    const runs = await this.#host.parts.store.runs(key, { before: cursor, limit: limit + 1 });
    const items = runs.slice(0, limit);
    return { items, nextCursor: runs.length > limit ? (items.at(-1)?.runId ?? null) : null };
  }

  async run(input: Input<'run'>, signal?: AbortSignal): Promise<RunState> {
    const { runId, wait } = this.#parse(leaves.run, input);
    const record = await this.#authorize(leaves.run);
    const { parts, runEnds } = this.#host;
    using end = runEnds.watch(record.key, runId);
    const run = await findRun(this.#host, record, runId);
    if (run === undefined) throw runNotFound(this.id, runId);
    if (wait === undefined || !isOpenRun(run)) return run;
    await end.within(wait * 1000, parts.clock, signal);
    const later = await findRun(this.#host, record, runId);
    if (later === undefined) throw sessionDeleted(this.id);
    return later;
  }

  async blocks(input: Input<'blocks'>): Promise<Page<Block>> {
    const {
      conversationId = MAIN_CONVERSATION,
      order = 'desc',
      limit = DEFAULT_PAGE,
      cursor,
      q,
    } = this.#parse(leaves.blocks, input);
    const from = cursor === undefined ? undefined : blockPlace(cursor);
    const { key } = await this.#authorize(leaves.blocks);
    return readBlockPage(this.#host.parts.store, key, { conversationId, order, from, text: q, limit });
  }

  async events(input: Input<'events'>): Promise<Page<AnyEvent>> {
    const parsed = this.#parse(leaves.events, input);
    const record = await this.#authorize(leaves.events);
    const { key } = record;
    const { order = 'asc', limit = DEFAULT_PAGE, types, source, level, q: text, since, until } = parsed;
    const cursor = parsed.cursor ?? parsed.after;
    const from = cursor === undefined ? undefined : await this.#locate(key, cursor, order);
    if (from === 'gone') return { items: [], nextCursor: null };
    const { seq: head } = await this.#host.source.head(key);
    const query = { from, head, order, limit, types, source, level, text, since, until };
    for (let { floor } = record; ; ) {
      const page = await readEventPage(this.#host.parts.store, key, { ...query, floor });
      // What is not kept any more may have been left out of the page while it was read.
      const fresh = order === 'asc' ? await this.#host.parts.store.get(key) : undefined;
      if (fresh === undefined || fresh.floor <= (from ?? floor)) return page;
      if (from !== undefined) throw invalidCursor('retention');
      floor = fresh.floor;
    }
  }

  async follow(input: Input<'follow'>, sink: FrameSink, signal: AbortSignal): Promise<void> {
    const { lastEventId, from = 'snapshot', types } = this.#parse(leaves.follow, input);
    const { key } = await this.#authorize(leaves.follow);
    const follower = {
      session: key,
      sessionId: this.id,
      principalId: this.#host.principal.id,
      types: types && new Set(types),
      lastEventId,
      from,
    };
    const hub = this.#host.hub();
    if (hub === undefined)
      throw new PerdureError('internal', 'The host has no client hub: give it one with setClientHub.');
    await hub.follow(follower, sink, signal);
  }

  async delete(): Promise<void> {
    const { sessions, runEnds, hub, isDraining, guard } = this.#host;
    const record = await this.#authorize(leaves.delete);
    const { key } = record;
    if (isDraining()) throw shuttingDown();
    guard.refuseWhileReadOnly();
    await this.#remove(record);
    sessions.forget(key);
    runEnds.forget(key);
    hub()?.end(key, sessionDeleted(this.id));
  }

  async flushed(): Promise<void> {
    const record = await this.#authorize(leaves.get);
    await this.#host.sessions.get(record.key)?.flushed();
  }

  async #remove(record: SessionRecord): Promise<void> {
    const { parts, guard, sessions } = this.#host;
    try {
      await parts.store.remove(record.key);
    } catch (error) {
      if (isPerdureError(error) && error.code !== 'storage-read-only') throw error;
      guard.fail(error);
      sessions.doubt(record);
      throw readOnly();
    }
  }

  #parse<S extends z.ZodType>(leaf: { readonly input: S }, input: object) {
    const { sessionId: _, ...rest } = parseInput(leaf.input, {
      ...input,
      sessionId: this.id,
    }) as z.output<S> & { sessionId: string };
    return rest;
  }

  #command(
    leaf: Pick<Leaf, 'access'>,
    command: NamedCommand,
    commandId: string | undefined,
  ): Promise<Submitted> {
    return commandSession(this.#host, { command, commandId, authorize: () => this.#authorize(leaf) });
  }

  #authorize(leaf: Pick<Leaf, 'access'>): Promise<SessionRecord> {
    const { parts, principal } = this.#host;
    const accesses: readonly Access[] = leaf.access === 'public' ? [] : leaf.access;
    return authorizeSession(parts, principal, accesses, this.id);
  }

  /** `gone`: what lies on that side of the cursor is not kept. */
  async #locate(key: number, cursor: string, order: 'asc' | 'desc'): Promise<number | 'gone'> {
    const place = parseCursor(cursor);
    if (place === undefined) throw invalidCursor(undefined);
    const located = await this.#host.source.locate(key, place);
    if (located.kind === 'valid') return located.seq;
    if (located.reason === 'retention' && order === 'desc') return 'gone';
    throw invalidCursor(located.reason);
  }
}

function snapshotOf(
  snapshot: { readonly through: number; readonly state: SessionSnapshot['state'] },
  epoch: number,
): SessionSnapshot {
  return { cursor: formatCursor({ epoch, seq: snapshot.through }), state: snapshot.state };
}

function blockPlace(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw invalidCursor(undefined);
  return Number(cursor);
}

function invalidCursor(reason: string | undefined): PerdureError {
  const details = reason === undefined ? undefined : { reason };
  return new PerdureError(
    'invalid-cursor',
    reason === 'retention'
      ? 'What follows this cursor is not kept any more; read without a cursor, from the first event that is.'
      : 'The cursor is not a place in this log; read it again from the beginning.',
    { details },
  );
}
