// A host with eight writers and eight readers that says what it does, until someone kills it.
// It begins when its input has told it where, and goes on from where its readers were.
import { once } from 'node:events';
import { mkdirSync, watch } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { AnyEvent, FollowFrame } from '@perdure/protocol';
import type { SessionHandle } from '../../../packages/server/src/host/session-handle.ts';
import type { FrameSink } from '../../../packages/server/src/hub/client-hub.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { withCalls } from '../../../packages/server/src/testing/host-world.ts';
import { localHost } from '../../../packages/server/src/testing/local-host.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { eventDigest } from '../support/event-digest.ts';
import type { HostOrder, HostReport, Phase } from '../support/host-reports.ts';
import { talkativeAgent } from '../support/talkative-agent.ts';

const [line] = await once(createInterface(process.stdin), 'line');
const { base, life, cursors } = JSON.parse(line) as HostOrder;
const directory = join(base, 'data');
const random = seededRandom(life, 'writers');

function report(said: HostReport): void {
  process.stdout.write(`${JSON.stringify(said)}\n`); // into a pipe it is written before it returns
}

const enter = (phase: Phase) => report({ say: 'phase', phase });

enter('opening');
const store = new SqliteSessionStore({ directory });
await store.open();
flushCompileCache(); // it never comes to its end, where Node.js would keep what it made of the sources
// Only a checkpoint writes to this file.
watch(join(directory, 'perdure.db'), () => enter('checkpoint'));
const told = withCalls(store, {
  append: (append) => {
    if (append.snapshot !== undefined) enter('snapshot');
    return store.append(append);
  },
  compact: (key, before) => {
    enter('compaction');
    return store.compact(key, before);
  },
});
const talkative = talkativeAgent((id, mark) => report({ say: 'flushed', id, mark }));
const { host } = localHost({ store: told, agents: { talkative } });
enter('recovering');
host.start();

/** Follows from where the reader of the last life was. */
function read(session: SessionHandle): void {
  const sink: FrameSink = {
    send({ cursor, json }) {
      const frame = JSON.parse(json) as FollowFrame;
      const events: readonly AnyEvent[] = frame.kind === 'events' ? frame.events : [];
      const after = frame.kind === 'events' ? frame.after : 0;
      const told = events.map((event) => [event.seq, eventDigest(event)] as const);
      report({ say: 'sees', id: session.id, kind: frame.kind, after, cursor, events: told });
      return true;
    },
    drained: () => Promise.resolve(),
  };
  const lastEventId = cursors[session.id];
  const input = lastEventId === undefined ? { from: 'beginning' as const } : { lastEventId };
  void session.follow(input, sink, new AbortController().signal);
}

async function write(session: SessionHandle): Promise<void> {
  for (let count = 0; ; count += 1) {
    const commandId = `life-${life}-${count}-of-${session.id}`;
    const content = `${commandId}: ${random.below(40)} KiB`;
    report({ say: 'submits', id: session.id, commandId, content });
    const { seq, runId } = await session.submit({ commandId, content });
    report({ say: 'accepted', id: session.id, commandId, seq, runId });
    if (runId === undefined || random.chance(0.2)) continue; // a queue gathers
    if (random.chance(0.2)) {
      await wait(random.below(5));
      // It may have ended by itself.
      await session.interrupt({ runId, next: true }).catch(() => undefined);
    }
    await session.run({ runId, wait: 60 });
  }
}

async function copy(): Promise<never> {
  const copies = join(base, 'copies');
  mkdirSync(copies, { recursive: true });
  watch(copies, () => enter('backup'));
  for (let count = 0; ; count += 1) {
    await store.backup(join(copies, `${life}-${count}.db`));
    await wait(20);
  }
}

const ids = Array.from({ length: 8 }, (_, index) => `s${index}`);
const sessions = await Promise.all(ids.map((id) => host.createSession({ id })));
enter('working');
for (const { session } of sessions) read(session);
await Promise.all([...sessions.map(({ session }) => write(session)), copy()]);
