import { type AnyEvent, emptySessionState, reduceSession, type SessionState } from '@perdure/protocol';
import { expect } from 'vitest';
import type { ScriptController } from '../environment/script-controller.ts';
import type { SessionHandle } from '../host/session-handle.ts';
import { RecordingSink } from './recording-sink.ts';

export async function answered(
  session: SessionHandle,
  script: ScriptController,
  question: string,
  words: string[],
): Promise<void> {
  const { runId } = await session.submit({ content: question });
  for (const word of words) await script.says(word);
  await script.ends();
  await ended(session, runId);
}

export async function ended(session: SessionHandle, runId: string | undefined) {
  return session.run({ runId: runId ?? '', wait: 30 });
}

export async function state(session: SessionHandle): Promise<SessionState> {
  return (await session.get()).state;
}

export async function log(session: SessionHandle): Promise<AnyEvent[]> {
  const events: AnyEvent[] = [];
  let cursor: string | null = null;
  do {
    const page = await session.events({ limit: 100, ...(cursor === null ? {} : { cursor }) });
    events.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return events;
}

/** Follows a session and folds what comes. */
export async function follow(session: SessionHandle, from: 'beginning' | 'snapshot') {
  const sink = new RecordingSink();
  const left = new AbortController();
  const following = session.follow({ from }, sink, left.signal);
  const folded = () =>
    sink.frames.reduce<SessionState>(
      (before, frame) =>
        frame.kind === 'snapshot' ? frame.state : frame.events.reduce(reduceSession, before),
      emptySessionState(session.id),
    );
  await sink.until(() => sink.frames.some((frame) => frame.live));
  return {
    get state() {
      return folded();
    },
    reaches: async (wanted: SessionState) => {
      await sink.until(() => folded().updatedAt >= wanted.updatedAt && folded().activity === wanted.activity);
      expect(folded()).toEqual(wanted);
    },
    leave: () => {
      left.abort();
      following.catch(() => undefined);
    },
  };
}

export function blocksOf({ conversations }: SessionState) {
  return conversations['main']?.blocks ?? [];
}

export function statuses(session: SessionState): string[] {
  return blocksOf(session).map((block) => `${block.type} ${block.status}`);
}

export function texts(session: SessionState): string[] {
  return blocksOf(session).flatMap((block) =>
    'content' in block && typeof block.content === 'string' ? [block.content] : [],
  );
}

export function textOf(session: SessionState): string {
  return texts(session).at(-1) ?? '';
}
