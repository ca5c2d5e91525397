import type { RunState } from '@perdure/protocol';
import type {
  Append,
  AppendOutcome,
  BlockRow,
  NewRow,
  NewSession,
  RecordColumns,
  SessionRecord,
  SessionStore,
} from '../store/session-store.ts';

export const sampleTime = '2026-01-01T00:00:00.000Z';

export const sampleColumns: RecordColumns = {
  title: 'Notes',
  tags: [],
  metadata: {},
  agent: 'echo',
  swarm: undefined,
  archived: false,
  activity: 'idle',
  openRequests: 0,
  lastText: '',
  unsettled: false,
  updatedAt: sampleTime,
};

/** A row of one event right after `after`. */
export function sampleRow(after: number, row: Partial<NewRow> = {}): NewRow {
  const body = `{"seq":${after + 1}}`;
  return { after, through: after + 1, type: 'log', audience: 'client', body, ...row };
}

export interface SampleSession extends Partial<Omit<NewSession, 'record'>> {
  readonly record?: Partial<RecordColumns>;
}

export function sampleSession({ record, ...session }: SampleSession = {}): NewSession {
  return {
    tenantId: 'tenant',
    id: 'session',
    ownerId: 'ann',
    parentId: undefined,
    createdAt: sampleTime,
    rows: [sampleRow(0, { type: 'session:created' })],
    blocks: [],
    runs: [],
    ...session,
    record: { ...sampleColumns, ...record },
  };
}

/** An append by the holder of the claim, right after what the record shows. */
export function sampleAppend(
  record: Pick<SessionRecord, 'key' | 'epoch' | 'head'>,
  append: Partial<Append> = {},
): Append {
  return {
    key: record.key,
    epoch: record.epoch,
    claim: false,
    after: record.head,
    rows: [sampleRow(append.after ?? record.head)],
    record: {},
    blocks: [],
    runs: [],
    essential: false,
    ...append,
  };
}

export function sampleBlock(seq: number, content: string, conversationId = 'main'): BlockRow {
  const block = { type: 'assistant_text', id: `b${seq}`, status: 'complete', content, seq } as const;
  return { conversationId, firstSeq: seq, lastSeq: seq, block };
}

export function sampleRun(runId: string, run: Partial<RunState> = {}): RunState {
  return { ...sampleRunParts, runId, ...run } as RunState;
}

const sampleRunParts = { status: 'running', agent: 'echo', attempt: 1, queuedAt: sampleTime };

export async function createSample(store: SessionStore, session: SampleSession = {}): Promise<SessionRecord> {
  const outcome = await store.create(sampleSession(session));
  if (outcome.kind !== 'created') throw new Error(`The session was not created: ${outcome.kind}.`);
  return outcome.record;
}

/** Appends what must be committed, and answers with the record after it. */
export async function appendSample(
  store: SessionStore,
  record: Pick<SessionRecord, 'key' | 'epoch' | 'head'>,
  append: Partial<Append> = {},
): Promise<SessionRecord> {
  const outcome = await store.append(sampleAppend(record, append));
  const after = await store.get(record.key);
  if (outcome.kind !== 'committed' || after === undefined)
    throw new Error(`Not committed: ${kindOf(outcome)}.`);
  return after;
}

const kindOf = ({ kind }: AppendOutcome) => kind;
