import type { Given, Person } from '../clients/client-under-test.ts';
import type { Deed, LogStory, ToldMessage } from './log-story.ts';
import type { Done, LifeModel } from '../session-model.ts';

/** What a client has given to its outbox, for any life of the session. */
export interface GivenBy {
  readonly person: Person;
  readonly given: readonly Given[];
}

/**
 * Holds the log of a session against all that was done to it: each thing that the server took is there, where it said and
 * once; and nothing is there that nobody did.
 */
export function judgeLife(story: LogStory, life: LifeModel, outboxes: readonly GivenBy[]): string[] {
  return [
    ...faultsOfMessages(story, life, outboxes),
    ...faultsOfOrder(story, outboxes),
    ...life.done.flatMap((done) => faultsOfDone(story, done)),
    ...story.deeds.flatMap((deed) => (hasCause(deed, story, life) ? [] : [`${describe(deed)} has no cause`])),
    ...faultsOfNumbers(story, life),
  ];
}

function faultsOfMessages(story: LogStory, life: LifeModel, outboxes: readonly GivenBy[]): string[] {
  const faults: string[] = [];
  for (const message of story.messages) {
    const { commandId, first, runId, queuedSeq } = message;
    const sent = life.sent.find((own) => own.commandId === commandId && own.person === message.principal);
    const given = givenOf(message, outboxes);
    const expected = sent?.text ?? given?.text;
    if (expected === undefined) faults.push(`nobody sent ${commandId} ("${first}")`);
    else if (expected !== first) faults.push(`${commandId} says "${first}" and not "${expected}"`);
    if (sent !== undefined && sent.runs !== (runId !== undefined))
      faults.push(`${commandId} has run ${runId}`);
    const answer = sent?.answer;
    if (answer !== undefined && (answer.seq !== queuedSeq || answer.runId !== runId))
      faults.push(
        `${commandId} was answered with ${JSON.stringify(answer)}, and stands at ${queuedSeq}, run ${runId}`,
      );
    const edits = life.done.filter((done) => done.does === 'edit' && done.messageId === message.messageId);
    const words = edits.reduce((text, done) => (done.does === 'edit' ? done.text : text), first);
    if (words !== message.text) faults.push(`${commandId} has become "${message.text}" and not "${words}"`);
  }
  for (const { commandId, person, answer } of life.sent) {
    const isThere = story.messages.some((own) => own.commandId === commandId && own.principal === person);
    if (answer !== undefined && !isThere)
      faults.push(`${commandId} was accepted at ${answer.seq} and is not there`);
  }
  return faults;
}

function givenOf({ commandId, principal }: ToldMessage, outboxes: readonly GivenBy[]): Given | undefined {
  return outboxes
    .filter(({ person }) => person === principal)
    .flatMap(({ given }) => given)
    .find((own) => own.commandId === commandId);
}

/** What one client gave to its outbox comes in the order of its calls. */
function faultsOfOrder(story: LogStory, outboxes: readonly GivenBy[]): string[] {
  return outboxes.flatMap(({ given }) => {
    const order = new Map(given.map(({ commandId }, index) => [commandId, index]));
    const places = story.messages.flatMap(({ commandId }) => order.get(commandId) ?? []);
    const isInOrder = places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0));
    return isInOrder ? [] : [`an outbox's messages came in the order ${places.join(', ')}`];
  });
}

function faultsOfDone(story: LogStory, done: Done): string[] {
  const deed = story.deeds.find(({ seq }) => seq === done.seq);
  const next = story.deeds.find(({ seq }) => seq === done.seq + 1);
  switch (done.does) {
    case 'interrupt': {
      if (deed?.runId === done.runId && deed.type === 'message:removed') return [];
      if (deed?.runId !== done.runId || deed.type !== 'run:stopping')
        return [`${JSON.stringify(done)} left no trace`];
      const isHeldNow = next?.type === 'queue:held' && next.reason === 'interrupt';
      const shouldHold = !done.next && deed.held === null;
      return isHeldNow === shouldHold
        ? []
        : [`${JSON.stringify(done)}: the queue ${isHeldNow ? 'was' : 'was not'} held`];
    }
    case 'hold':
      return deed?.type === 'queue:held' && deed.reason === 'user'
        ? []
        : [`${JSON.stringify(done)} left no trace`];
    case 'release': {
      const last = story.deeds.findLast(({ seq }) => seq <= done.seq);
      return last?.held === null ? [] : [`${JSON.stringify(done)}: the queue is held`];
    }
    case 'edit':
    case 'remove':
    case 'promote': {
      const type = { edit: 'message:edited', remove: 'message:removed', promote: 'message:promoted' }[
        done.does
      ];
      const isThere = deed?.type === type && deed.messageId === done.messageId;
      return isThere ? [] : [`${JSON.stringify(done)} left no trace`];
    }
    default:
      return done satisfies never;
  }
}

/** Whether someone did what made this event. Those of agents and environments need nobody. */
function hasCause({ type, seq, reason, runWas }: Deed, story: LogStory, life: LifeModel): boolean {
  const did = (does: Done['does'], at = seq) =>
    life.done.some((done) => done.does === does && done.seq === at);
  const deedAt = (at: number) => story.deeds.find((deed) => deed.seq === at);
  const interruptedBy = (at: number) =>
    life.sent.some((sent) => sent.delivery === 'interrupt' && queuedAt(story, sent) === at);
  switch (type) {
    case 'run:stopping':
      return did('interrupt') || interruptedBy(seq - 1);
    case 'queue:held':
      if (reason === 'user') return did('hold');
      return reason === 'interrupt' ? did('interrupt', seq - 1) : life.kills >= 3;
    case 'queue:released':
      return did('release') || deedAt(seq + 1)?.type === 'message:queued';
    case 'message:edited':
      return did('edit');
    case 'message:removed':
      return did('remove') || did('interrupt');
    case 'message:promoted':
      return did('promote') || interruptedBy(seq - 1) || interruptedBy(seq - 2);
    case 'run:cancelled':
      return runWas === 'stopping' || deedAt(seq + 1)?.type === 'message:removed' || life.unloads > 0;
    default:
      return true;
  }
}

function queuedAt(story: LogStory, { commandId, person }: LifeModel['sent'][number]): number | undefined {
  return story.messages.find((own) => own.commandId === commandId && own.principal === person)?.queuedSeq;
}

/** What the end of a process, or of a session's stay in memory, can bring about at most once each. */
function faultsOfNumbers(story: LogStory, life: LifeModel): string[] {
  const count = (fits: (deed: Deed) => boolean) => story.deeds.filter(fits).length;
  const atMost = (what: string, found: number, most: number) =>
    found <= most ? [] : [`${found} of ${what}, and at most ${most} can be`];
  const interrupted = (reason: string) =>
    count((deed) => deed.type === 'run:interrupted' && deed.reason === reason);
  const terminated = (reason: string) =>
    count((deed) => deed.type === 'environment:terminated' && deed.reason === reason);
  const stopped = count(({ type }) => type === 'run:stopping');
  return [
    ...atMost('run:interrupted by a crash', interrupted('crash'), life.kills),
    ...atMost('run:interrupted by a shutdown', interrupted('shutdown'), life.restarts),
    ...atMost('run:interrupted by the store', interrupted('store'), 0),
    // On a slow machine an agent may be given up before it has heeded an interrupt.
    ...atMost('environments that were unhealthy', terminated('unhealthy'), life.kills + stopped),
    ...atMost('environments shut down', terminated('shutdown'), life.restarts),
    ...atMost('environments unloaded', terminated('manual'), life.unloads),
    ...atMost(
      'runs cancelled by an unload',
      count(({ type, runWas }) => type === 'run:cancelled' && runWas === 'running'),
      life.unloads,
    ),
  ];
}

const describe = ({ type, seq, reason }: Deed) =>
  `${type}${reason === undefined ? '' : ` (${reason})`} at ${seq}`;
