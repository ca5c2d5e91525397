import { describe, expect, it } from 'vitest';
import { RecordedSession, type RecordedTurn } from '../testing/recorded-session.ts';
import { createScriptController } from './script-controller.ts';
import type { ScriptStep } from './script.ts';
import { type ScriptedAgentOptions, scriptedAgent } from './scripted-agent.ts';

type ScriptLike = Parameters<typeof scriptedAgent>[0];

async function playing(script: ScriptLike, options?: ScriptedAgentOptions) {
  const session = new RecordedSession();
  const environment = scriptedAgent(script, options).createEnvironment();
  await environment.start(session.context, new AbortController().signal);
  const begin = (content = 'hello') => {
    const run = session.begin(content);
    return { ...run, settled: environment.run(run.turn, run.port, run.signal) };
  };
  return { session, environment, begin };
}

describe('scriptedAgent', () => {
  it('[I2] does what it is told, in order', async () => {
    const { begin, session } = await playing([
      { thinking: 'hm' },
      { text: ['a ', 'b ', 'c'] },
      { tool: { name: 'add', input: [1, 2], output: 3 } },
      { tool: { name: 'divide', input: [1, 0], output: 'by zero', isError: true, id: 'call-2' } },
      { block: { type: 'system', subtype: 'status', message: 'half way' } },
      { emit: { type: 'log', payload: { level: 'warn', message: 'careful' } } },
      { flush: true },
      { repeat: 2, steps: [{ text: 'again ' }] },
      { end: { usage: { outputTokens: 7 } } },
      { text: 'never said' },
    ]);
    const { port, settled } = begin();
    expect(await settled).toEqual({ status: 'completed', usage: { outputTokens: 7 } });
    expect(port.blocks).toMatchObject([
      { type: 'thinking', content: 'hm' },
      { type: 'assistant_text', content: 'a b c' },
      { type: 'tool_use', toolName: 'add' },
      { type: 'tool_result', output: 3, isError: false },
      { type: 'tool_use', toolName: 'divide', toolUseId: 'call-2' },
      { type: 'tool_result', output: 'by zero', isError: true },
      { type: 'system', message: 'half way' },
      { type: 'assistant_text', content: 'again again ', status: 'complete' },
    ]);
    expect(session.events.at(-2)).not.toMatchObject({ type: 'log' });
    expect(session.events.some(({ type }) => type === 'log')).toBe(true);
  });

  it('says several words in one tick', async () => {
    const { begin } = await playing([{ text: ['a', 'b', 'c'] }]);
    let ticks = 0;
    const { port, settled } = begin();
    const seen: number[] = [];
    const emit = port.emit.bind(port);
    port.emit = (type, payload) => {
      if (type === 'block:delta') seen.push(ticks);
      queueMicrotask(() => ticks++);
      return emit(type, payload);
    };
    await settled;
    expect(new Set(seen).size).toBe(1);
  });

  it('fails, throws, or leaves a tool call open as told', async () => {
    const failing = await playing([{ text: 'so far' }, { fail: { message: 'No.', retryable: true } }]);
    const failed = failing.begin();
    expect(await failed.settled).toEqual({
      ...{ status: 'failed', code: 'agent-failed', message: 'No.', retryable: true },
    });
    expect(failed.port.blocks).toMatchObject([{ status: 'pending' }]);

    const throwing = await playing([{ tool: { name: 'look', input: {} } }, { throws: new Error('Bang.') }]);
    const thrown = throwing.begin();
    await expect(thrown.settled).rejects.toThrow('Bang.');
    expect(thrown.port.blocks).toMatchObject([{ type: 'tool_use', status: 'pending' }]);
  });

  it('waits for what it is told to wait for', async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { begin } = await playing([{ text: 'a' }, { wait: gate }, { wait: async () => {} }, { text: 'b' }]);
    const { port, settled } = begin();
    await new Promise((resolve) => setImmediate(resolve));
    expect(port.text).toBe('a');
    open();
    await settled;
    expect(port.text).toBe('ab');
  });

  it.each<[string, ScriptStep]>([
    ['waits for a promise', { wait: new Promise(() => {}) }],
    ['hangs', { hang: 'until-abort' }],
    ['never stops', { repeat: Infinity, steps: [{ text: 'on ' }] }],
  ])('ends at an abort when it %s', async (_name, step) => {
    const { begin, session } = await playing([{ text: 'begun' }, step]);
    const { port, settled, abort } = begin();
    await session.until(() => port.text !== '');
    await new Promise((resolve) => setImmediate(resolve));
    abort();
    await expect(settled).rejects.toThrow('interrupted');
  });

  it('breaks the rules when told to: speaks after the abort, or hangs for good', async () => {
    const rude = await playing([
      { afterAbort: [{ text: 'and another thing' }] },
      { text: 'a' },
      { hang: 'until-abort' },
    ]);
    const run = rude.begin();
    await rude.session.until(() => run.port.text !== '');
    run.abort();
    await expect(run.settled).rejects.toThrow('interrupted');
    expect(run.port.dropped).toMatchObject([
      { type: 'block:delta', payload: { delta: 'and another thing' } },
    ]);

    const deaf = await playing([{ text: 'a' }, { hang: 'for-good' }]);
    const stuck = deaf.begin();
    await new Promise((resolve) => setImmediate(resolve)); // it hangs by then: all its steps are microtasks
    stuck.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await Promise.race([stuck.settled, Promise.resolve('stuck')])).toBe('stuck');
  });

  it('emits events that are refused', async () => {
    const wrong = { type: 'block:delta', payload: { blockId: 'none', delta: 'x' } } as const;
    const { begin } = await playing([{ emit: wrong }]);
    await expect(begin().settled).rejects.toMatchObject({ code: 'invalid-event' });
  });

  it('heeds a port that is full, unless told not to', async () => {
    const steps: ScriptStep[] = [{ text: 'a' }, { text: 'b' }];
    for (const [heedsBackpressure, saidWhileFull] of [
      [true, 'a'],
      [false, 'ab'],
    ] as const) {
      const { begin } = await playing(steps, { heedsBackpressure });
      const { port, settled } = begin();
      port.fill();
      await new Promise((resolve) => setImmediate(resolve));
      expect(port.text).toBe(saidWhileFull);
      port.drain();
      await settled;
    }
  });

  it('starts, stops and ails as told', async () => {
    const failing = { onStart: () => Promise.reject(new Error('No room.')) };
    await expect(playing([], failing)).rejects.toThrow('No room.');
    const stops: string[] = [];
    const { environment } = await playing([], {
      isHealthy: () => false,
      onStop: async (reason) => void stops.push(reason),
    });
    expect(await environment.isHealthy()).toBe(false);
    await environment.stop('unhealthy');
    expect(stops).toEqual(['unhealthy']);
  });

  it('cannot run before it has started', async () => {
    const { turn, port, signal } = new RecordedSession().begin('hello');
    const run = scriptedAgent([]).createEnvironment().run(turn, port, signal);
    await expect(run).rejects.toMatchObject({ code: 'environment-failed' });
  });
});

describe('ScriptController', () => {
  it('decides when each word comes', async () => {
    const script = createScriptController();
    const { begin } = await playing(script.script);
    const { port, settled } = begin('what now?');
    expect((await script.turn()).text).toBe('what now?');
    await script.says('hello ');
    expect(port.text).toBe('hello ');
    await script.thinks('and?');
    await script.usesTool({ name: 'look', input: {}, output: 1 });
    await script.says('wor', 'ld');
    expect(port.text).toBe('hello world');
    await script.ends({ usage: { totalTokens: 1 } });
    expect(await settled).toEqual({ status: 'completed', usage: { totalTokens: 1 } });
  });

  it('ends one run and goes on in the next', async () => {
    const script = createScriptController();
    const { begin } = await playing(script.script);
    for (const [says, endsBy, status] of [
      ['one', () => script.fails({ message: 'No.' }), 'failed'],
      ['two', () => script.ends(), 'completed'],
    ] as const) {
      void script.says(says);
      const run = begin();
      await endsBy();
      const end = await run.settled;
      expect(end.status).toBe(status);
      expect(run.port.text).toBe(says);
      run.end(end);
    }
    void script.throws(new Error('Bang.'));
    await expect(begin().settled).rejects.toThrow('Bang.');
  });

  it('keeps its next step for the next run when one is aborted', async () => {
    const script = createScriptController();
    const { begin } = await playing(script.script);
    const first = begin();
    await script.says('a');
    first.abort();
    await expect(first.settled).rejects.toThrow('interrupted');
    first.end('cancelled');
    const second: RecordedTurn = begin();
    await script.says('b');
    expect([first.port.text, second.port.text]).toEqual(['a', 'b']);
  });

  it('has a controller for each session, if it is told how to find it', async () => {
    const controllers = new Map([['session', createScriptController()]]);
    const { begin } = await playing({
      forSession: ({ sessionId }) => controllers.get(sessionId)?.script ?? [],
    });
    const { port } = begin();
    await controllers.get('session')?.says('mine');
    expect(port.text).toBe('mine');
  });
});
