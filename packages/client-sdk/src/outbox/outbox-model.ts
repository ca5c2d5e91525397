import { PerdureError, type SubmitInput } from '@perdure/protocol';

// Invariants of the outbox of a session:
// O1. One command at a time is on its way, in the order of the calls; what comes later waits for it.
// O2. A command keeps its id through every retry, so that the server does it once.
// O3. A command that cannot succeed is marked failed and does not hold up the next.
// O4. An entry goes when the log is known to hold its event, or when someone takes it out: never by itself.

/** What is said, without where and under which id. */
export type Message = Omit<SubmitInput, 'sessionId' | 'commandId'>;

export interface OutboxItem {
  readonly commandId: string;
  readonly message: Message;
  /** `storing` is until it would survive a reload, `waiting` is for a retry; people see both as pending. */
  readonly status: 'storing' | 'pending' | 'waiting' | 'sending' | 'accepted' | 'failed';
  /** Times in a row that it was not taken. */
  readonly failures: number;
  readonly error: PerdureError | undefined;
  /** The place of its event, once accepted. */
  readonly seq: number | undefined;
  /** Who said it, if that was known then. */
  readonly principal: string | undefined;
  /** Whether its event was seen in the log, though the server's answer is still to come. */
  readonly isSeen: boolean;
}

export type OutboxModel = readonly OutboxItem[];

/** As many as a server queues for a session by default. */
const MOST_ITEMS = 100;
/** An unforeseen failure that repeats so often is not one that time heals, and would hold up all that follows. */
const MOST_INTERNAL = 5;

export function itemOf(commandId: string, message: Message, principal: string | undefined): OutboxItem {
  const start = { status: 'storing', failures: 0, error: undefined, seq: undefined, isSeen: false } as const;
  return { ...start, commandId, message, principal };
}

export function withItem(model: OutboxModel, item: OutboxItem): OutboxModel {
  const accepted = model.filter(({ status }) => status === 'accepted');
  const unsent = model.length - accepted.length;
  // Only the log can tell that an accepted one is there: while it does not come, the oldest are let go.
  const surplus = accepted.length < MOST_ITEMS ? undefined : accepted[0];
  if (unsent < MOST_ITEMS) return [...model.filter((own) => own !== surplus), item];
  throw new PerdureError('outbox-full', `${MOST_ITEMS} messages wait to be sent. Send this one later.`, {
    details: { limit: 'outbox', max: MOST_ITEMS, current: unsent },
  });
}

/** What an earlier life of the client left comes before what this one added. */
export function withRestored(model: OutboxModel, restored: OutboxModel): OutboxModel {
  const known = new Set(model.map(({ commandId }) => commandId));
  return [...restored.filter(({ commandId }) => !known.has(commandId)).slice(0, MOST_ITEMS), ...model];
}

/** The command whose turn it is. */
export function nextToSend(model: OutboxModel): OutboxItem | undefined {
  const first = model.find(({ status }) => status !== 'accepted' && status !== 'failed'); // O1, O3
  return first?.status === 'pending' ? first : undefined;
}

/** It would survive a reload now. */
export const stored = (model: OutboxModel, id: string) =>
  changed(model, (item) => item.commandId === id && item.status === 'storing', { status: 'pending' });

export const sending = (model: OutboxModel, id: string) => changed(model, isOne(id), { status: 'sending' });

export const accepted = (model: OutboxModel, id: string, seq: number) =>
  changed(model, isOne(id), { status: 'accepted', error: undefined, seq });

/** A retry is due. */
export const due = (model: OutboxModel, id: string) =>
  changed(model, (item) => item.commandId === id && item.status === 'waiting', { status: 'pending' });

/** It is worth trying now. */
export const woken = (model: OutboxModel) =>
  changed(model, ({ status }) => status === 'waiting', { status: 'pending' });

/** The server, or the way to it, did not take a command: it failed, or waits for a retry. */
export function refused(model: OutboxModel, id: string, error: PerdureError): OutboxModel {
  const failures = (find(model, id)?.failures ?? 0) + 1;
  if (!isFinal(error, failures)) return changed(model, isOne(id), { status: 'waiting', failures, error });
  // The log that it was seen in, if it was, is not the one that refuses it: people are shown that it failed.
  return changed(model, isOne(id), { status: 'failed', failures, error, isSeen: false });
}

/** A failed command is sent again: under another id if its own can never succeed. */
export function resent(model: OutboxModel, id: string, newId: string): OutboxModel {
  const { error, status } = find(model, id) ?? {};
  if (status !== 'failed') return model;
  const commandId = error?.retry === 'new-id' ? newId : id;
  return changed(model, isOne(id), { commandId, status: 'pending', failures: 0, error: undefined });
}

/** Events of these commands are in the log. The answers still come, and are the truth of what was accepted. */
export const seen = (model: OutboxModel, ids: ReadonlySet<string>) =>
  changed(model, ({ commandId }) => ids.has(commandId), { isSeen: true });

/** Who says it is known now. */
export const spokenBy = (model: OutboxModel, principal: string) =>
  changed(model, (item) => item.principal === undefined, { principal });

export const find = (model: OutboxModel, id: string) => model.find(isOne(id));

export const without = (model: OutboxModel, id: string): OutboxModel =>
  model.filter(({ commandId }) => commandId !== id);

/** The log is known up to a place: what was accepted at or before it is there. */
export function reached(model: OutboxModel, place: number): OutboxModel {
  const isThere = ({ status, seq }: OutboxItem) => status === 'accepted' && seq !== undefined && seq <= place;
  return model.some(isThere) ? model.filter((item) => !isThere(item)) : model; // O4
}

/** Whether it cannot succeed under its id. */
const isFinal = ({ code, retry }: PerdureError, failures: number) =>
  retry !== 'same-id' || (code === 'internal' && failures >= MOST_INTERNAL);

const isOne = (id: string) => (item: OutboxItem) => item.commandId === id;

/** The same model, if there are none such. */
function changed(
  model: OutboxModel,
  isMeant: (item: OutboxItem) => boolean,
  change: Partial<OutboxItem>,
): OutboxModel {
  return model.some(isMeant) ? model.map((item) => (isMeant(item) ? { ...item, ...change } : item)) : model; // O2
}
