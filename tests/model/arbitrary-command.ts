import fc from 'fast-check';
import { AddClient } from './commands/add-client.ts';
import { Burst } from './commands/burst.ts';
import { ChangeQueue } from './commands/change-queue.ts';
import { CreateSession } from './commands/create-session.ts';
import { DeleteSession } from './commands/delete-session.ts';
import { DisturbNetwork } from './commands/disturb-network.ts';
import { EndServer } from './commands/end-server.ts';
import { FollowSession } from './commands/follow-session.ts';
import { GiveToOutbox } from './commands/give-to-outbox.ts';
import { HoldQueue } from './commands/hold-queue.ts';
import { Interrupt } from './commands/interrupt.ts';
import { OpenGate } from './commands/open-gate.ts';
import { ReadPages } from './commands/read-pages.ts';
import { ReloadClient } from './commands/reload-client.ts';
import { RepeatSubmit } from './commands/repeat-submit.ts';
import { Submit } from './commands/submit.ts';
import { Unfollow } from './commands/unfollow.ts';
import { UnloadSession } from './commands/unload-session.ts';
import { WaitForRun } from './commands/wait-for-run.ts';
import type { Step } from './server/script.ts';
import type { WorldCommand } from './world-command.ts';

const slot = fc.nat(2);
const client = fc.nat(3);
const which = fc.nat(9);
const person = fc.constantFrom('ann', 'bob');

/** Words more often than all else, and large lines seldom: they cost the most. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('say'), words: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('think'), words: fc.integer({ min: 1, max: 10 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('tool', 'call', 'note', 'tell', 'flush', 'flush', 'haunt'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('bulk', 'throw') }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 5 });

/** What filters ask for: of a run's end, what is said, and what no log has. */
const types = fc.constantFrom(
  ['message:queued', 'run:completed', 'run:cancelled', 'run:interrupted', 'run:failed'],
  ['block:delta'],
  ['app:event', 'log'],
  ['session:unheard-of'],
);

const submit = fc.record({
  slot,
  person,
  steps,
  how: fc.constantFrom('queue', 'queue', 'queue', 'interrupt', 'no-run'),
});
const give = fc.record({
  client,
  slot,
  count: fc.integer({ min: 1, max: 3 }),
  steps,
  trouble: fc.constantFrom('none', 'none', 'answer-lost', 'reload', 'offline-reload'),
});
const repetition = fc.constantFrom('all', 'all', 'not-words', 'not-person', 'not-session');
const burst = fc.record({
  slot,
  count: fc.integer({ min: 2, max: 6 }),
  steps,
  killAfter: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }),
});
const interrupt = fc.record({
  slot,
  which: fc.constantFrom('open', 'open', 'queued', 'any'),
  number: which,
  next: fc.boolean(),
});
const hold = fc.record({ slot, does: fc.constantFrom('hold', 'hold', 'release') });
const follow = fc.record({
  client,
  slot,
  kind: fc.constantFrom('view', 'view', 'events', 'plain'),
  from: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('snapshot', 'beginning', 'now') },
    { weight: 5, arbitrary: fc.constantFrom('known-cursor', 'old-cursor') },
    { weight: 1, arbitrary: fc.constantFrom('ahead', 'rubbish') },
  ),
  number: fc.nat(99),
  types: fc.option(types, { nil: undefined, freq: 2 }),
});
const disturbance = fc.constantFrom('cut', 'cut', 'cut', 'deafen', 'break', 'mend', 'mend');
const end = fc.record({
  how: fc.constantFrom('kill', 'kill', 'restart'),
  afterEvents: fc.integer({ min: 0, max: 30 }),
});
const pages = fc.record({
  slot,
  what: fc.constantFrom('events', 'events', 'blocks', 'runs'),
  limit: fc.integer({ min: 1, max: 30 }),
  order: fc.constantFrom('asc', 'desc'),
});

/** All that may be done, and how often. What ends the server is seldom: each start of it takes half a second. */
const weights: readonly (readonly [weight: number, command: fc.Arbitrary<WorldCommand>])[] = [
  [6, slot.map((own) => new CreateSession(own))],
  [4, fc.record({ slot, isReplaced: fc.boolean() }).map((plan) => new DeleteSession(plan))],
  [14, submit.map((plan) => new Submit(plan))],
  [8, give.map((plan) => new GiveToOutbox(plan))],
  [6, fc.record({ slot, which, repetition }).map((plan) => new RepeatSubmit(plan))],
  [2, burst.map((plan) => new Burst(plan))],
  [9, interrupt.map((plan) => new Interrupt(plan))],
  [5, hold.map((plan) => new HoldQueue(plan))],
  [
    5,
    fc
      .record({ slot, which, change: fc.constantFrom('edit', 'remove', 'promote') })
      .map((plan) => new ChangeQueue(plan)),
  ],
  [5, slot.map((own) => new OpenGate(own))],
  [5, slot.map((own) => new WaitForRun(own))],
  [14, follow.map((plan) => new FollowSession(plan))],
  [2, fc.record({ client, which }).map((plan) => new Unfollow(plan))],
  [3, fc.record({ person, isStreaming: fc.boolean() }).map((plan) => new AddClient(plan))],
  [10, fc.record({ client, disturbance }).map((plan) => new DisturbNetwork(plan))],
  [3, client.map((own) => new ReloadClient(own))],
  [2, end.map((plan) => new EndServer(plan))],
  [2, slot.map((own) => new UnloadSession(own))],
  [3, pages.map((plan) => new ReadPages(plan))],
];

export const arbitraryCommand: fc.Arbitrary<WorldCommand> = fc.oneof(
  ...weights.map(([weight, arbitrary]) => ({ weight, arbitrary })),
);
