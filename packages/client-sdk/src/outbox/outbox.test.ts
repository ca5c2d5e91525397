import { PerdureError, type Submitted } from '@perdure/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldOf } from '../../test/frames-of.ts';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import { memoryStorage } from '../storage/memory-storage.ts';
import { Outbox } from './outbox.ts';
import type { OutboxItem } from './outbox-model.ts';
import { createOutboxStorage } from './outbox-storage.ts';

/** A server that keeps what it takes, once for each id, and fails as it is told. */
class Server {
  readonly taken: { id: string; text: unknown; sessionId: string }[] = [];
  /** What the next requests meet: an error before the server saw them, or an answer that is lost. */
  readonly faults: ('lost-request' | 'lost-answer' | PerdureError)[] = [];
  concurrent = 0;
  most = 0;

  async send(sessionId: string, { commandId, message }: OutboxItem): Promise<Submitted> {
    this.concurrent += 1;
    this.most = Math.max(this.most, this.concurrent);
    try {
      await Promise.resolve();
      const fault = this.faults.shift();
      if (fault instanceof PerdureError) throw fault;
      if (fault === 'lost-request') throw new PerdureError('unreachable', 'lost');
      const before = this.taken.findIndex(({ id }) => id === commandId);
      if (before === -1) this.taken.push({ id: commandId, text: message.content, sessionId });
      if (fault === 'lost-answer') throw new PerdureError('unreachable', 'lost');
      const seq = (before === -1 ? this.taken.length - 1 : before) + 2;
      return { commandId, seq, duplicate: before !== -1 };
    } finally {
      this.concurrent -= 1;
    }
  }

  get texts() {
    return this.taken.map(({ text }) => text);
  }
}

interface Life {
  server?: Server;
  storage?: ReturnType<typeof memoryStorage>;
  sessionId?: string;
  principal?: string;
}

function scenario({
  server = new Server(),
  storage = memoryStorage(),
  sessionId = 's1',
  principal = 'ann',
}: Life = {}) {
  let who = principal;
  const clock = manualClock();
  const ids = clock.id;
  const outbox = new Outbox({
    sessionId,
    clock,
    storage: createOutboxStorage(storage, 'https://x.dev'),
    send: (item) => server.send(sessionId, item),
    principal: async () => who,
    changed: () => {},
  });
  let count = 0;
  const say = (text: string, id = `${sessionId}-${principal}-${++count}`, signal?: AbortSignal) =>
    outbox.submit(id, { content: text }, signal);
  const shown = () => outbox.entries.map(({ content, status }) => `${content}: ${status}`);
  const signIn = (name: string) => {
    who = name;
    outbox.renew();
  };
  return { clock, ids, outbox, server, storage, say, shown, signIn };
}

const unreachable = () => new PerdureError('unreachable', 'off');

describe('the outbox', () => {
  it('[D14] sends in order, one at a time', async () => {
    const { say, server } = scenario();
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => say(text)));
    expect(server.texts).toEqual(['a', 'b', 'c']);
    expect(answers.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(server.most).toBe(1);
  });

  it('[D14] what was said offline survives a reload and is sent once, in order, even if an answer is lost', async () => {
    const { server, storage, say, clock, outbox, shown } = scenario();
    server.faults.push(...Array.from({ length: 400 }, unreachable));
    for (const text of ['one', 'two', 'three']) say(text).catch(() => {});
    await clock.advance(60_000);
    expect(shown()).toEqual(['one: pending', 'two: pending', 'three: pending']);
    outbox.close(); // the page is loaded anew
    server.faults.length = 0;
    server.faults.push('lost-answer', unreachable(), 'lost-answer');
    const next = scenario({ server, storage });
    await next.clock.advance(10_000);
    expect(server.texts).toEqual(['one', 'two', 'three']);
    expect(next.shown()).toEqual([]);
    const third = scenario({ server, storage });
    await third.clock.advance(10_000);
    expect([server.taken.length, third.shown()]).toEqual([3, []]);
  });

  it('[D14][F10] nothing of one session is sent or shown in another', async () => {
    const { server, storage, say, clock, outbox } = scenario();
    server.faults.push(unreachable());
    say('mine').catch(() => {});
    await clock.advance(0);
    outbox.close();
    const other = scenario({ server, storage, sessionId: 's2' });
    await other.clock.advance(60_000);
    expect([other.shown(), server.taken]).toEqual([[], []]);
  });

  it('what one person left unsent is neither shown to nor sent by the next', async () => {
    const { server, storage, say, clock, outbox } = scenario();
    server.faults.push(unreachable());
    say('a secret').catch(() => {});
    await clock.advance(0);
    outbox.close();
    const bob = scenario({ server, storage, principal: 'bob' });
    await bob.clock.advance(60_000);
    expect([bob.shown(), server.taken]).toEqual([[], []]);
    bob.outbox.close();
    const ann = scenario({ server, storage });
    await ann.clock.advance(60_000);
    expect(server.texts).toEqual(['a secret']);
  });

  it('what one person said is not sent by another who signs in meanwhile, and is again when they return', async () => {
    const { server, say, clock, signIn, shown } = scenario();
    server.faults.push(unreachable(), unreachable());
    const secret = say('of ann');
    const gone = expect(secret).rejects.toMatchObject({ code: 'unauthenticated' });
    await clock.advance(0);
    signIn('bob');
    await gone;
    const own = say('of bob', 'c2');
    await clock.advance(60_000);
    await own;
    expect([server.texts, shown()]).toEqual([['of bob'], []]);
    signIn('ann');
    await clock.advance(60_000);
    expect(server.texts).toEqual(['of bob', 'of ann']);
  });

  it('[D14] keeps its entries through pending, sending, accepted, and drops them when the log has them', async () => {
    const log = new SampleLog();
    const { say, outbox, shown, server } = scenario();
    outbox.observe([], foldOf(log.events), 1);
    const first = say('hello', 'c1');
    expect(shown()).toEqual(['hello: pending']);
    await settled();
    await first;
    expect(shown()).toEqual(['hello: accepted']);
    const event = log.ask('hello', 'c1');
    outbox.observe([event as never], foldOf(log.events), 2);
    expect(shown()).toEqual([]);
    expect(server.texts).toEqual(['hello']);
  });

  it('[D13] the same text twice is shown twice, and each of them once when the log has it', async () => {
    const log = new SampleLog();
    const { say, outbox, shown, server } = scenario();
    outbox.observe([], foldOf(log.events), 1);
    const both = [say('hi', 'c1'), say('hi', 'c2')];
    expect(shown().length).toBe(2);
    // The event of the first comes before the answer to it.
    outbox.observe([log.ask('hi', 'c1') as never], foldOf(log.events), 2);
    expect(shown()).toEqual(['hi: pending']);
    await Promise.all(both);
    outbox.observe([], foldOf(log.events), 2);
    expect(shown()).toEqual(['hi: accepted']);
    outbox.observe([log.ask('hi', 'c2') as never], foldOf(log.events), 3);
    expect(shown()).toEqual([]);
    expect(server.taken.length).toBe(2);
  });

  it('[D14] a message that was seen in a log that is gone, and is then refused, is shown as failed', async () => {
    const { outbox, server, say, shown, clock } = scenario();
    const log = new SampleLog();
    server.faults.push('lost-answer', new PerdureError('session-not-found', 'gone'));
    const saying = say('hi', 'c1').catch((error: PerdureError) => error.code);
    await settled();
    outbox.observe([log.ask('hi', 'c1') as never], foldOf(log.events), 2);
    expect(shown()).toEqual([]);
    outbox.unobserved();
    await clock.advance(60_000);
    expect(await saying).toBe('session-not-found');
    expect(shown()).toEqual(['hi: failed']);
    outbox.discard('c1');
    expect(outbox.isIdle).toBe(true);
  });

  it('[D14] a message that failed and is in the log all the same is not shown again after a reload', async () => {
    const { outbox, server, storage, say, shown } = scenario();
    const log = new SampleLog();
    server.faults.push(new PerdureError('session-archived', 'no'));
    await say('hi', 'c1').catch(() => {});
    expect(shown()).toEqual(['hi: failed']);
    outbox.observe([log.ask('hi', 'c1') as never], foldOf(log.events), 2);
    await settled();
    const later = scenario({ storage });
    await settled();
    expect([shown(), later.shown()]).toEqual([[], []]);
  });

  it('[D13] a message that a snapshot holds in its queue is not shown beside it', async () => {
    const log = new SampleLog();
    const { say, outbox, shown, server, clock } = scenario();
    server.faults.push('lost-answer');
    const answer = say('hi', 'c1');
    await clock.advance(0);
    log.ask('hi', 'c1');
    outbox.observe([], foldOf(log.events), 2);
    expect(shown()).toEqual([]);
    await clock.advance(1_000);
    expect(await answer).toEqual({ commandId: 'c1', seq: 2, duplicate: true });
  });

  it.each(['payload-too-large', 'session-archived', 'forbidden', 'idempotency-mismatch'] as const)(
    '[D14][N1] %s fails the one message and lets the next go',
    async (code) => {
      const { say, server, shown } = scenario();
      server.faults.push(new PerdureError(code, 'why'));
      const refused = say('bad');
      const next = say('good');
      await expect(refused).rejects.toMatchObject({ code });
      await next;
      expect([server.texts, shown()]).toEqual([['good'], ['bad: failed']]);
    },
  );

  it.each(['limit-exceeded', 'queue-full', 'storage-read-only', 'shutting-down', 'unreachable'] as const)(
    '[D14][N1] %s is retried under the same id, as late as the server asks',
    async (code) => {
      const { say, server, clock, shown } = scenario();
      server.faults.push(new PerdureError(code, 'later', { details: { retryAfter: 7 } }));
      const said = say('patient');
      await clock.advance(6_999);
      expect([server.texts, shown()]).toEqual([[], ['patient: pending']]);
      await clock.advance(1);
      expect((await said).duplicate).toBe(false);
    },
  );

  it('does not let a failure that never ends hold up what follows', async () => {
    const { say, server, clock } = scenario();
    server.faults.push(...Array.from({ length: 5 }, () => new PerdureError('internal', 'broken')));
    const poison = say('poison');
    const next = say('fine');
    const refused = expect(poison).rejects.toMatchObject({ code: 'internal' });
    await clock.advance(600_000);
    await refused;
    await next;
    expect(server.texts).toEqual(['fine']);
  });

  it('without a valid credential waits until someone says that things have changed', async () => {
    const { say, server, clock, outbox } = scenario();
    server.faults.push(new PerdureError('unauthenticated', 'expired'));
    const said = say('later');
    await clock.advance(3_600_000);
    expect(server.taken).toEqual([]);
    outbox.wake();
    await said;
    expect(server.texts).toEqual(['later']);
  });

  it('sends a failed message again, under a new id only where its own can never succeed', async () => {
    const { say, server, outbox, clock, storage } = scenario();
    server.faults.push(
      new PerdureError('session-archived', 'x'),
      new PerdureError('idempotency-mismatch', 'x'),
    );
    await expect(say('one', 'c1')).rejects.toThrow();
    await expect(say('two', 'c2')).rejects.toThrow();
    outbox.resend('c1');
    outbox.resend('c2');
    await clock.advance(0);
    expect(server.taken.map(({ id }) => id)).toEqual(['c1', 'id-2']);
    expect(scenario({ storage, server }).shown()).toEqual([]);
  });

  it('takes back what was not sent, and only stops waiting for what was', async () => {
    const { say, server, clock, shown, outbox } = scenario();
    server.faults.push('lost-answer');
    const [sent, waiting] = [new AbortController(), new AbortController()];
    const first = say('sent', 'c1', sent.signal);
    const second = say('not sent', 'c2', waiting.signal);
    await clock.advance(0);
    sent.abort(new Error('left'));
    waiting.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    await expect(second).rejects.toThrow('left');
    expect(shown()).toEqual(['sent: pending']);
    await clock.advance(1_000);
    expect(server.texts).toEqual(['sent']);
    server.faults.push(new PerdureError('forbidden', 'no'));
    await expect(say('failed', 'c3')).rejects.toThrow('no');
    outbox.discard('c3');
    expect(shown()).toEqual([]);
  });

  it('holds a hundred messages and refuses the next one here', async () => {
    const { say, server } = scenario();
    server.faults.push(...Array.from({ length: 500 }, unreachable));
    for (let n = 0; n < 100; n += 1) say(`${n}`).catch(() => {});
    await expect(say('one more')).rejects.toMatchObject({ code: 'outbox-full' });
  });

  it('bears a storage that fails, and what others wrote into it', async () => {
    const failing = () => {
      throw new Error('full');
    };
    const { say } = scenario({ storage: { getItem: failing, setItem: failing, removeItem: failing } });
    expect((await say('anyway')).duplicate).toBe(false);
    const storage = memoryStorage();
    storage.setItem(
      'perdure:outbox:https://x.dev:s1',
      '[{"commandId":7},null,{"commandId":"a b","message":{"content":"x"}}]',
    );
    storage.setItem('perdure:outbox:https://x.dev', 'rubbish');
    const next = scenario({ storage });
    await next.say('fine');
    expect(next.server.texts).toEqual(['fine']);
  });

  it('[D14] loses nothing, sends nothing twice and keeps the order under any faults and reloads', async () => {
    const fault = fc.constantFrom<Server['faults'][number]>('lost-request', 'lost-answer', unreachable());
    const action = fc.oneof(
      fc.record({ kind: fc.constant('say' as const) }),
      fc.record({ kind: fc.constant('fault' as const), fault }),
      fc.record({ kind: fc.constant('reload' as const) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const server = new Server();
        const storage = memoryStorage();
        let life = scenario({ server, storage });
        const said: string[] = [];
        for (const step of actions) {
          if (step.kind === 'say') {
            said.push(`m${said.length}`);
            life.say(said.at(-1) ?? '', `c${said.length}`).catch(() => {});
            await settled();
          } else if (step.kind === 'fault') server.faults.push(step.fault);
          else if (step.kind === 'wait') await life.clock.advance(step.ms);
          else {
            life.outbox.close();
            life = scenario({ server, storage });
          }
        }
        server.faults.length = 0;
        await life.clock.advance(120_000);
        expect(server.texts).toEqual(said);
        expect(life.shown()).toEqual([]);
        life.outbox.close();
      }),
      { numRuns: 60 },
    );
  });
});
