import type { JsonObject } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { RecordedSession } from '../testing/recorded-session.ts';
import { echoAgent } from './echo-agent.ts';

function echo(content: string, options: JsonObject, { isFull = false } = {}) {
  const session = new RecordedSession();
  const run = session.begin(content, { options });
  if (isFull) run.port.fill();
  const environment = echoAgent().createEnvironment();
  const settled = environment
    .start(session.context, run.signal)
    .then(() => environment.run(run.turn, run.port, run.signal));
  const deltas = () =>
    session.events.flatMap(({ type, payload }) =>
      type === 'block:delta' ? [(payload as { delta: string }).delta] : [],
    );
  return { session, ...run, settled, deltas };
}

describe('echoAgent', () => {
  it('says the message back, one word with its following blank a delta', async () => {
    const { settled, deltas, port } = echo('to be  or\nnot', { delayMs: 0 });
    expect(await settled).toEqual({ status: 'completed' });
    expect(deltas()).toEqual(['to ', 'be  ', 'or\n', 'not']);
    expect(port.blocks).toMatchObject([{ type: 'assistant_text', content: 'to be  or\nnot' }]);
  });

  it('repeats it, joined by blanks', async () => {
    const { settled, port, deltas } = echo('round we go', { delayMs: 0, repeat: 3 });
    await settled;
    expect(port.text).toBe('round we go round we go round we go');
    expect(deltas()).toHaveLength(9);
  });

  it('keeps blanks at the beginning and the end', async () => {
    const { settled, port } = echo('  a ', { delayMs: 0, repeat: 2 });
    await settled;
    expect(port.text).toBe('  a    a ');
  });

  it('needs no options, and leaves alone those it does not know', async () => {
    const { settled, port } = echo('plain', { theme: 'dark' });
    expect(await settled).toEqual({ status: 'completed' });
    expect(port.text).toBe('plain');
  });

  it.each([
    [{ delayMs: -1 }, /delayMs/],
    [{ delayMs: 0.5 }, /delayMs/],
    [{ delayMs: '5' }, /delayMs/],
    [{ repeat: 0 }, /repeat/],
    [{ repeat: 1_000_001, delayMs: 60_001 }, /delayMs.*repeat/],
  ])('fails the run with a sentence when the options are %j', async (options, reason) => {
    const { settled, port } = echo('hello', options);
    await expect(settled).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(reason),
    });
    expect(port.blocks).toEqual([]);
  });

  it('waits for the log when it is full', async () => {
    const { settled, port } = echo('one two three', { delayMs: 0 }, { isFull: true });
    await new Promise((resolve) => setImmediate(resolve)); // every step it could take is a microtask
    const saidWhileFull = port.text;
    port.drain();
    await settled;
    expect(saidWhileFull).toBe('one ');
    expect(port.text).toBe('one two three');
  });

  it('stops between two words when it is aborted', async () => {
    const { settled, port, session, abort } = echo('again', { delayMs: 1, repeat: 1_000_000 });
    await session.until(() => port.text.length > 20);
    abort();
    await expect(settled).rejects.toThrow('interrupted');
    expect(port.dropped).toEqual([]);
  });

  it('gives up its wait at once when it is aborted, and leaves no timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { settled, port, session, abort } = echo('slowly now', { delayMs: 60_000 });
    await session.until(() => port.text !== '');
    const whileWaiting = timers();
    abort();
    const ended = settled.catch(() => 'ended');
    await new Promise((resolve) => setImmediate(resolve)); // nothing but microtasks is left to do
    expect(await Promise.race([ended, Promise.resolve('still waiting')])).toBe('ended');
    expect(timers()).toBe(whileWaiting - 1);
  });
});
