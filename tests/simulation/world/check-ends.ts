// I13 After the end nothing is left: no timer, no follower, no wire, no watch.
import type { Task } from '../time/sim-process.ts';
import type { Incarnation } from './incarnation.ts';
import { play } from './run-seed.ts';
import type { World } from './world.ts';

/** Longer than any message is on its way, and shorter than a connection without use is kept. */
const GONE_MS = 700;
/** Requests that wait for the end of a run have theirs by then; a follower's pause is longer. */
const QUIET_MS = 3_000;
/** What has a time of its own may take it: an environment that is given up, a request that is not answered. */
const AFTERMATH_MS = 40_000;

/** Everything ends in order, and what is left is told. */
export async function checkEnds(world: World): Promise<void> {
  const { machines, hosts, time } = world;
  const people = [...machines, world.stranger];
  time.at(0, time.world, 'all leave', () => {
    for (const machine of people) machine.leaveAll();
  });
  await play(world, time.nowMs + GONE_MS);
  for (const connection of hosts.active?.server.connections ?? [])
    if (connection.isHeard && connection.openFollows > 0)
      world.fail('I13', `${connection.name} follows on though everybody has left.`);
  for (const machine of people) machine.close();
  await play(world, time.nowMs + QUIET_MS);
  const quiet = hosts.active;
  if (quiet?.server.connections.size === 0) refuseTimers(world, quiet.name, withoutSweep(world, quiet));
  await play(world, time.nowMs + AFTERMATH_MS);
  for (const { process } of machines) refuseTimers(world, process.name, process.timers);
  const incarnation = hosts.active;
  if (incarnation === undefined) return world.fail('I13', 'The host is gone after the clients were closed.');
  const { server, name, process } = incarnation;
  const { followers, followedSessions } = server.hub.usage;
  if (followers + followedSessions > 0) world.fail('I13', `${followers} followers are left on ${name}.`);
  if (server.connections.size > 0)
    world.fail('I13', `${server.connections.size} connections are left on ${name}.`);
  if (server.credentials.size > 0)
    world.fail('I13', `${server.credentials.size} credentials are watched on ${name}.`);
  if (world.network.openWires().length > 0)
    world.fail('I13', 'A wire is open after the clients were closed.');
  let isDown = false;
  server.life.shutdown(25_000).then(
    () => {
      isDown = true;
    },
    (error: unknown) => world.fail('I13', `${name} could not shut down: ${String(error)}.`),
  );
  await play(world, time.nowMs + AFTERMATH_MS);
  if (!isDown) world.fail('I13', `${name} did not shut down.`);
  refuseTimers(world, name, process.timers);
  if (server.hub.usage.rings > 0) world.fail('I13', `${name} keeps rows after its end.`);
}

/** One timer is the hub's own: it sweeps what it keeps of late. */
function withoutSweep({ plan }: World, { process }: Incarnation): ReadonlySet<Task> {
  const sweep = [...process.timers].find(({ label }) => label === `timer ${plan.ringLingerMs}`);
  return new Set([...process.timers].filter((timer) => timer !== sweep));
}

function refuseTimers(world: World, name: string, timers: ReadonlySet<{ readonly label: string }>): void {
  if (timers.size === 0) return;
  const labels = [...timers].map(({ label }) => label).join(', ');
  world.fail('I13', `${name} has nothing to do and has ${timers.size} timers left: ${labels}.`);
}
