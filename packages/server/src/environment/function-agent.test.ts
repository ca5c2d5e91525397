import { PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { RecordedSession } from '../testing/recorded-session.ts';
import { type AgentFunction, functionAgent } from './function-agent.ts';

/** Begins a run of a function: `settled` is how it ends. */
async function running(fn: AgentFunction, content = 'hello') {
  const session = new RecordedSession();
  const environment = functionAgent(fn).createEnvironment();
  const run = session.begin(content);
  await environment.start(session.context, run.signal);
  return { session, environment, ...run, settled: environment.run(run.turn, run.port, run.signal) };
}

describe('functionAgent', () => {
  it('[I1] hears what the function says: no generator, no callback', async () => {
    const { port, settled, session } = await running(async (turn, speak) => {
      speak.thinking('One moment.');
      const call = speak.toolUse({ name: 'shout', input: turn.text });
      call.result(turn.text.toUpperCase());
      speak.text('Done: ');
      speak.text('HELLO');
      speak.block({ type: 'system', subtype: 'status', message: 'said' });
      speak.log('info', 'shouted', { times: 1 });
      speak.event('shouted', { loud: true });
      speak.emit('error', { code: 'hoarse', message: 'It hurts.' });
    });
    expect(await settled).toEqual({ status: 'completed' });
    expect(port.blocks).toMatchObject([
      { type: 'thinking', content: 'One moment.' },
      { type: 'tool_use', toolName: 'shout', input: 'hello' },
      { type: 'tool_result', output: 'HELLO' },
      { type: 'assistant_text', content: 'Done: HELLO', status: 'complete' },
      { type: 'system', message: 'said' },
    ]);
    expect(session.events.slice(-3)).toMatchObject([
      { type: 'log', payload: { level: 'info', message: 'shouted', data: { times: 1 } } },
      { type: 'app:event', payload: { name: 'shouted', data: { loud: true } } },
      { type: 'error', payload: { code: 'hoarse', message: 'It hurts.' } },
    ]);
  });

  it('completes the text that is open when the function returns', async () => {
    const { port, settled } = await running((_turn, speak) => void speak.text('all'));
    await settled;
    expect(port.blocks).toMatchObject([{ content: 'all', status: 'complete' }]);
  });

  it('ends an open text before a block that the function emits by itself', async () => {
    const { port, settled } = await running((_turn, speak) => {
      speak.text('a');
      const block = { id: 'own', type: 'thinking', content: '', status: 'pending' } as const;
      speak.emit('block:start', { block });
      speak.emit('block:complete', { blockId: 'own', block: { ...block, content: 'b' } });
      speak.text('c');
    });
    await settled;
    expect(port.blocks).toMatchObject([{ content: 'a' }, { content: 'b' }, { content: 'c' }]);
  });

  it('hands on what the function says it used, or how it says the run ended', async () => {
    const used = await running(() => ({ usage: { inputTokens: 3, outputTokens: 4 } }));
    expect(await used.settled).toEqual({
      status: 'completed',
      usage: { inputTokens: 3, outputTokens: 4 },
    });
    const failure = { status: 'failed', code: 'agent-failed', message: 'No more.', retryable: true } as const;
    const failed = await running(() => failure);
    expect(await failed.settled).toEqual(failure);
  });

  it('fails the run with what the function throws, even at once', async () => {
    const error = new PerdureError('budget-exceeded', 'All tokens are used up.');
    const { settled, port } = await running((_turn, speak) => {
      speak.text('so far');
      throw error;
    });
    await expect(settled).rejects.toBe(error);
    expect(port.blocks).toMatchObject([{ content: 'so far', status: 'pending' }]); // the session's to end
  });

  it('takes words from a stream no faster than the log takes them', async () => {
    let taken = 0;
    const { session, port, settled } = await running(async (_turn, speak) => {
      await speak.textFrom(
        (async function* () {
          for (const word of ['one ', 'two ', 'three']) {
            taken++;
            if (taken === 2) port.fill();
            yield word;
          }
        })(),
      );
    });
    await session.until(() => port.text === 'one two ');
    expect(taken).toBe(2);
    port.drain();
    await settled;
    expect(port.text).toBe('one two three');
  });

  it('closes a stream of words that an abort interrupts', async () => {
    let closed = false;
    const { session, port, settled, abort } = await running(async (_turn, speak) => {
      await speak.textFrom(
        (async function* () {
          try {
            for (;;) {
              yield 'on ';
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            closed = true;
          }
        })(),
      );
    });
    await session.until(() => port.text !== '');
    abort();
    await expect(settled).rejects.toThrow('interrupted');
    await expect.poll(() => closed).toBe(true);
  });

  it('is heard no more when its signal has aborted: nothing reaches the port, what waits rejects', async () => {
    const late: unknown[] = [];
    const { session, port, settled, abort } = await running(async (turn, speak) => {
      speak.text('before');
      await new Promise((resolve) => turn.signal.addEventListener('abort', resolve));
      late.push(speak.text('after'), speak.log('info', 'after'));
      void speak.flushed(); // left alone: must not end the process
      await speak.drained().catch((error: Error) => late.push(error.message));
      await speak.textFrom(['after']).catch((error: Error) => late.push(error.message));
    });
    await session.until(() => port.text !== '');
    abort();
    await expect(settled).rejects.toThrow('interrupted');
    expect(late).toEqual([false, false, 'The run was interrupted.', 'The run was interrupted.']);
    expect(port.dropped).toEqual([]);
  });

  it('is heard no more when it has returned', async () => {
    const { settled, port, speak } = await (async () => {
      let session: Parameters<AgentFunction>[1] | undefined;
      const run = await running((_turn, own) => {
        session = own;
      });
      return { ...run, speak: () => session?.text('late') };
    })();
    await settled;
    expect(speak()).toBe(false);
    expect([...port.blocks, ...port.dropped]).toEqual([]);
  });

  it('is not called for a run that is aborted already', async () => {
    const session = new RecordedSession();
    let calls = 0;
    const environment = functionAgent(() => void calls++).createEnvironment();
    const run = session.begin('hello');
    await environment.start(session.context, run.signal);
    run.abort();
    await expect(environment.run(run.turn, run.port, run.signal)).rejects.toThrow('interrupted');
    expect(calls).toBe(0);
  });

  it('cannot run before it has started', async () => {
    const { turn, port, signal } = new RecordedSession().begin('hello');
    const run = functionAgent(() => {})
      .createEnvironment()
      .run(turn, port, signal);
    await expect(run).rejects.toMatchObject({ code: 'environment-failed' });
  });

  it('asks people', async () => {
    const { port, settled } = await running(async (_turn, speak) => {
      const answer = await speak.request({ kind: 'question', prompt: 'Which?' });
      speak.text(answer.outcome === 'answered' ? String(answer.response) : 'none');
    });
    expect(port.requests).toEqual([{ kind: 'question', prompt: 'Which?' }]);
    expect(await Promise.race([settled, Promise.resolve('waiting')])).toBe('waiting');
  });

  it('gets the turn as the session made it, with its history', async () => {
    const session = new RecordedSession({ options: { tone: 'dry' } });
    const turns: string[] = [];
    const environment = functionAgent(async (turn, speak) => {
      const said = (await turn.history()).map((block) => ('content' in block ? block.content : block.type));
      const { sessionId, tenantId, attempt, agent, options } = turn;
      turns.push(`${tenantId} ${sessionId} ${attempt} ${agent} ${options['tone']}: ${said.join(', ')}`);
      speak.text(`re ${turn.text}`);
    }).createEnvironment();
    await environment.start(session.context, new AbortController().signal);
    for (const content of ['one', 'two']) {
      const run = session.begin(content);
      run.end(await environment.run(run.turn, run.port, run.signal));
    }
    expect(turns).toEqual([
      'default session 1 agent dry: one',
      'default session 1 agent dry: one, re one, two',
    ]);
  });

  it('reaches the network unless it says otherwise, and asks when it was interrupted', () => {
    expect(functionAgent(() => {})).toMatchObject({ reach: 'network', onInterrupted: 'ask' });
    const options = { reach: 'host', onInterrupted: 'continue' } as const;
    expect(functionAgent(() => {}, options)).toMatchObject(options);
  });
});
