// I13 After the faults stop, everyone is at the head of what they follow within a minute and shows the same, nothing waits to
// be sent, and no run is open for ever.
import { isOpenRun } from '@perdure/protocol';
import { commandKey } from '../disk/disk-image.ts';
import type { LedgerSession } from '../oracle/ledger-session.ts';
import { checkEnds } from './check-ends.ts';
import type { ClientMachine } from './client-machine.ts';
import { play } from './run-seed.ts';
import type { World } from './world.ts';

/** From the end of the faults on. */
const MOST_MS = 60_000;
const LOOK_EVERY_MS = 1_500;

export async function settle(world: World): Promise<void> {
  heal(world);
  await play(world, world.time.nowMs + 100);
  touch(world);
  await comeToRest(world);
  if (world.plan.hasOvertakenReads) await startAnew(world);
  else cross(world);
  await comeToRest(world);
  if (world.violation !== undefined) return;
  for (const { client } of world.machines) client.check();
  world.outboxCheck.atRest(outboxesOf(world));
  await checkEnds(world);
}

async function comeToRest(world: World): Promise<void> {
  const endsAtMs = world.time.nowMs + MOST_MS;
  const seen = new Map<string, number>();
  while (world.violation === undefined) {
    await play(world, world.time.nowMs + LOOK_EVERY_MS);
    const why = unrest(world);
    if (why === undefined) return;
    if (world.time.nowMs >= endsAtMs) world.fail('I13', `A minute after the faults stopped: ${why}.`);
    goOn(world, seen);
  }
}

/** Who comes while a last word is written sees it, though nothing follows. */
function cross(world: World): void {
  const { time, machines, sessionIds, actions } = world;
  for (const machine of machines)
    for (const id of sessionIds) {
      machine.leave(id);
      time.at(10, time.world, 'looks again', () => machine.look(id));
      time.at(10 + machine.random.next() * 12, time.world, 'a note', () => actions.note(machine, id));
      if (machine.random.chance(0.5)) actions.awaitRuns(machine, id);
    }
}

/**
 * The host dies, and all pages are loaded anew while something is said: what is there is read by those who come, of sessions
 * that the new host does not have in memory yet.
 */
async function startAnew(world: World): Promise<void> {
  const { time, hosts, machines, sessionIds, actions } = world;
  if (hosts.active !== undefined) hosts.crash(hosts.active);
  for (let tries = 0; hosts.active === undefined && tries < 10; tries += 1)
    await play(world, time.nowMs + 500);
  for (const machine of machines) {
    machine.reload();
    for (const id of sessionIds) {
      time.at(machine.random.below(20), time.world, 'looks anew', () => machine.look(id));
      time.at(machine.random.below(60), time.world, 'a note', () => actions.note(machine, id));
    }
  }
}

function heal(world: World): void {
  const { hosts, network } = world;
  world.isHealed = true;
  world.note('the faults stop');
  network.heal();
  hosts.heal();
}

/**
 * People look at every session. They say something in each where more than one has written: a server learns of that when it
 * writes next. Where that is not so, what waits has to go on without anyone's doing.
 */
function touch(world: World): void {
  const { faults } = world.plan;
  const speaks =
    faults.has('frame-lost') ||
    faults.has('freeze') ||
    faults.has('audit') ||
    faults.has('unload') ||
    world.plan.seed % 2 === 0;
  for (const machine of world.machines) {
    // What another server has deleted is not told to those who follow it on this one: they learn of it when they come again.
    if (faults.has('freeze') || machine.client.connection.get().status === 'failed')
      machine.client.reconnect();
    for (const id of world.sessionIds) {
      if (sessionOf(world, machine, id) === undefined) world.actions.create(machine, id);
      world.time.at(2_000, world.time.world, 'a last word', () => {
        machine.leave(id);
        machine.look(id);
        if (speaks) world.actions.submit(machine, id, 'answer');
      });
    }
  }
}

/** People see to what only people can end: a run that goes on and on, a queue that is held, an archive. */
function goOn(world: World, seen: Map<string, number>): void {
  for (const machine of world.machines) {
    if (machine.client.connection.get().status === 'failed') machine.client.reconnect();
    for (const id of world.sessionIds) {
      const session = sessionOf(world, machine, id);
      if (session === undefined) {
        world.actions.create(machine, id);
        continue;
      }
      const { status, outbox } = machine.client.session(id).getSnapshot();
      // A credential that was refused twice waits for someone who comes back to the page.
      if (outbox.some(({ error }) => error?.code === 'unauthenticated')) machine.client.wake(false);
      if (status === 'deleted' || status === 'not-found' || status === 'error') {
        machine.leave(id);
        machine.look(id);
      }
      const { runs, held, queue, archived, environment } = session.state;
      const run = runs.find((candidate) => isOpenRun(candidate) && candidate.status !== 'queued');
      if (archived) world.actions.unarchive(machine, id);
      else if (run !== undefined) {
        const times = (seen.get(run.runId) ?? 0) + 1;
        seen.set(run.runId, times);
        if (times === 2) world.actions.interrupt(machine, id, run.runId, true);
      } else if (queue.length > 0 && (held !== null || environment.status === 'error'))
        world.actions.release(machine, id);
    }
  }
}

function outboxesOf({ machines }: World): ReadonlySet<string> {
  const entries = machines.flatMap(({ client }) =>
    client.sessions.all().flatMap(({ outbox }) => outbox.entries),
  );
  return new Set(entries.map(({ commandId }) => commandId));
}

/** What is not at rest; none: all is well. */
function unrest(world: World): string | undefined {
  if (world.hosts.active === undefined) return 'no host is up';
  for (const machine of world.machines) {
    for (const id of world.sessionIds) {
      const session = sessionOf(world, machine, id);
      if (session === undefined) return `${id} of ${machine.tenantId} is not there`;
      const left = unrestOf(session, machine);
      if (left !== undefined) return `${machine.name} on ${id}: ${left}`;
    }
  }
  return undefined;
}

function unrestOf(
  { head, state, commands }: LedgerSession,
  { client, views, principalId }: ClientMachine,
): string | undefined {
  const run = state.runs.find(isOpenRun);
  if (run !== undefined)
    return `run ${run.runId} is ${run.status} (held: ${state.held}, archived: ${state.archived}, environment: ${state.environment.status})`;
  if (state.queue.length > 0) return `${state.queue.length} messages wait`;
  if (!views.has(state.id)) return 'nobody looks yet';
  const { status, phase, cursor, outbox } = client.session(state.id).getSnapshot();
  // What was accepted into a log that is gone waits until this one is as long.
  const isElsewhere = (commandId: string) => !commands.has(commandKey(principalId, commandId));
  const waiting = outbox.find(
    (entry) => entry.status !== 'failed' && !(entry.status === 'accepted' && isElsewhere(entry.commandId)),
  );
  if (outbox.length === 0 && !client.sessions.get(state.id).outbox.isIdle)
    return 'the outbox is not restored';
  if (waiting !== undefined) return `the outbox has ${waiting.commandId}, which is ${waiting.status}`;
  if (status !== 'ready' || phase !== 'live') return `it is ${status} and ${phase}`;
  return Number(cursor.split('.')[1]) === head
    ? undefined
    : `it stands at ${cursor}, the log ends at ${head}`;
}

const sessionOf = (world: World, { tenantId }: ClientMachine, id: string) => world.ledger.named(tenantId, id);
