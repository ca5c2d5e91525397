import { isDeepStrictEqual } from 'node:util';
import {
  type AnyEvent,
  type Block,
  emptySessionState,
  isOpenRun,
  type Page,
  type RunState,
  reduceSession,
  runtimeOf,
  type SessionListItem,
  type SessionSnapshot,
  windowSessionState,
} from '@perdure/protocol';
import { ViewFollower } from '../clients/view-follower.ts';
import { asJson, judgeFollower, type KnownLog } from './judge-follower.ts';
import { judgeLife } from './judge-life.ts';
import { judgeOutboxes } from './judge-outboxes.ts';
import { lastingEvents } from './lasting-events.ts';
import { LogStory } from './log-story.ts';
import type { LifeModel, SessionModel, WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';

/** Holds all there is against all that was done. The world has come to rest. */
export async function checkWorld(world: World, model: WorldModel): Promise<void> {
  const faults: string[] = [];
  for (const session of model.sessions) {
    const lives: KnownLog[] = [];
    for (const life of session.lives) {
      const { seen } = world.witness(life);
      // Of one that is gone nobody knows which deltas its log still had.
      const kept = [...seen.values()].filter(({ type }) => type !== 'block:delta');
      const told = life.isDeleted ? kept : await world.log(session.id);
      lives.push({ life: life.number, seen: allSeen(seen, told), log: told, isOver: life.isDeleted });
      if (!life.isDeleted) faults.push(...(await faultsOfLife(world, session, life, told)));
    }
    faults.push(...faultsOfFollowers(world, session, lives));
  }
  faults.push(...judgeOutboxes(world, model));
  faults.push(...world.server.begunTwice.map((runId) => `run ${runId} was begun twice`));
  world.refuteWrong();
  if (faults.length > 0) throw new Violation(faults.join('\n'));
}

/** Of one that is there: its log, and all that the server tells of it in other words. */
async function faultsOfLife(
  world: World,
  session: SessionModel,
  life: LifeModel,
  log: readonly AnyEvent[],
): Promise<string[]> {
  const { id } = session;
  const story = new LogStory();
  for (const event of log) story.take(event);
  const { seen } = world.witness(life);
  const changed = log.filter((event) => !isDeepStrictEqual(seen.get(event.seq) ?? event, event));
  const lost = [...seen.values()].filter(
    ({ seq, type }) => type !== 'block:delta' && !log.some((own) => own.seq === seq),
  );
  world.count(
    'deltas compacted',
    [...seen.values()].filter(({ type }) => type === 'block:delta').length -
      log.filter(({ type }) => type === 'block:delta').length,
  );
  const outboxes = world.clients.map(({ plan, given }) => ({ person: plan.person, given }));
  const open = story.openRun;
  const speech = open?.speech.faultOf(open.script, 'until-wait');
  return [
    ...changed.map(({ seq }) => `event ${seq} is another than it was`),
    ...lost.map(({ seq, type }) => `${type} at ${seq} was seen and is gone`),
    ...judgeLife(story, life, outboxes),
    ...(speech === undefined ? [] : [speech]),
    ...(await faultsOfState(world, session, log)),
    ...(await faultsOfPages(world, session, log, story)),
  ].map((fault) => `${id}: ${fault}`);
}

/** The state is the fold of the log, on the server, in the list, and in every client. */
async function faultsOfState(
  world: World,
  { id }: SessionModel,
  log: readonly AnyEvent[],
): Promise<string[]> {
  const { state, cursor } = await world.get<SessionSnapshot>(`/v1/sessions/${id}`);
  const head = log.at(-1)?.seq ?? 0;
  const fold = asJson(windowSessionState(log.reduce(reduceSession, emptySessionState(id))));
  const { items } = await world.get<Page<SessionListItem>>(`/v1/sessions?ids=${id}`);
  const item = items[0];
  const faults = isDeepStrictEqual(fold, state)
    ? []
    : [`its state is not the fold of its log: ${difference(fold, state)}`];
  if (Number(cursor.split('.')[1]) !== head)
    faults.push(`its state is at ${cursor}, its log ends at ${head}`);
  if (item?.head !== head || item.activity !== state.activity || item.updatedAt !== state.updatedAt)
    faults.push(`the list has ${JSON.stringify(item)}`);
  for (const { sessionId, follower } of world.clients.flatMap((client) => client.open)) {
    const own = sessionId === id ? follower.state() : undefined;
    if (own === undefined) continue;
    if (!isDeepStrictEqual(asJson(windowSessionState(own)), state))
      faults.push(
        `${follower.name} has another state: ${difference(state, asJson(windowSessionState(own)))}`,
      );
    const told = follower instanceof ViewFollower ? follower.runtime : undefined;
    if (told !== undefined && !isDeepStrictEqual(told, runtimeOf(own)))
      faults.push(`${follower.name} was told last that the session is ${JSON.stringify(told)}`);
  }
  return faults;
}

/** Pages of blocks and runs tell what the log tells, and so do its own from the end to the beginning. */
async function faultsOfPages(
  world: World,
  { id }: SessionModel,
  log: readonly AnyEvent[],
  story: LogStory,
): Promise<string[]> {
  const { conversations } = log.reduce(reduceSession, emptySessionState(id));
  const complete = (conversations['main']?.blocks ?? []).filter(({ status }) => status !== 'pending');
  const blocks = await world.pages<Block>(`/v1/sessions/${id}/blocks?limit=7&order=asc`);
  const runs = await world.pages<RunState>(`/v1/sessions/${id}/runs?limit=7`);
  const backwards = await world.pages<AnyEvent>(`/v1/sessions/${id}/events?limit=30&order=desc`);
  const faults = isDeepStrictEqual(asJson(complete), blocks)
    ? []
    : [`pages of blocks: ${difference(asJson(complete), blocks)}`];
  for (const { runId, status, endSeq } of runs.filter((run) => run.status !== 'queued')) {
    const told = story.runs.get(runId);
    // A run that was cancelled before it began is told by its message alone.
    if (told === undefined && status === 'cancelled') continue;
    if (told?.status !== status || told.endSeq !== endSeq)
      faults.push(`run ${runId} is ${status} in pages, ${told?.status} in the log`);
  }
  if (!isDeepStrictEqual(lastingEvents(backwards.toReversed()), lastingEvents(log)))
    faults.push('its pages from the end are another log');
  const paged = new Set(runs.map(({ runId }) => runId));
  for (const { runId } of story.runs.values())
    if (!paged.has(runId)) faults.push(`run ${runId} is in no page`);
  if (paged.size !== runs.length) faults.push('a run is in two pages');
  if (runs.filter((run) => run.status !== 'queued' && isOpenRun(run)).length > 1)
    faults.push('two runs are open');
  return faults;
}

function faultsOfFollowers(world: World, { id }: SessionModel, lives: readonly KnownLog[]): string[] {
  return world.clients.flatMap(({ followed }) =>
    followed
      .filter(({ sessionId }) => sessionId === id)
      .flatMap(({ follower, since }) => {
        for (const { reason } of follower.stretches)
          if (reason !== undefined) world.count(`snapshot: ${reason}`);
        if (follower.end !== undefined) world.count(`followers ended by ${follower.end}`);
        return judgeFollower(follower, { since, lives, sessionId: id });
      }),
  );
}

function allSeen(
  seen: ReadonlyMap<number, AnyEvent>,
  log: readonly AnyEvent[],
): ReadonlyMap<number, AnyEvent> {
  return new Map([...log.map((event) => [event.seq, event] as const), ...seen]);
}

/** Where two values differ first, for people. */
function difference(expected: unknown, actual: unknown, path = ''): string {
  if (isDeepStrictEqual(expected, actual)) return 'nowhere';
  if (typeof expected === 'object' && typeof actual === 'object' && expected !== null && actual !== null) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const key of keys) {
      const [one, other] = [
        (expected as Record<string, unknown>)[key],
        (actual as Record<string, unknown>)[key],
      ];
      if (!isDeepStrictEqual(one, other)) return difference(one, other, `${path}/${key}`);
    }
  }
  return `${path} is ${JSON.stringify(actual)?.slice(0, 300)} and not ${JSON.stringify(expected)?.slice(0, 300)}`;
}
