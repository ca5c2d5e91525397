import { expect, test } from 'vitest';
import type { HostUnderTest } from './session-host-contract.ts';
import { answered, ended, follow, log, state, statuses, textOf, texts } from './session-steps.ts';

/** How messages are answered, what of it is seen, and how runs end. */
export function sessionRunContract(start: () => Promise<HostUnderTest>): void {
  test('[B17][I3] an environment and its run are told in order, and the last status equals the state', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    await answered(session, script, 'hello', ['hi']);
    await host.unloadSession(session.id);
    const types = (await log(session)).map((event) => event.type);
    const lifecycle = types.filter((type) => type.startsWith('environment:') || type.startsWith('run:'));
    expect(lifecycle).toEqual([
      'environment:starting',
      'environment:ready',
      'run:started',
      'run:completed',
      'environment:terminated',
    ]);
    expect((await state(session)).environment).toEqual({ status: 'terminated', message: 'manual' });
  });

  test('[C5][G5] an interrupt ends the run once, as cancelled, with every block closed', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const { runId = '' } = await session.submit({ content: 'hello' });
    await script.says('half ');
    await script.usesTool({ name: 'search', input: {}, id: 'call-1' });
    await script.says('more ');
    const accepted = await session.interrupt({ runId });
    expect(await ended(session, runId)).toMatchObject({ status: 'cancelled' });
    const events = await log(session);
    const starts = events.filter((event) => event.type === 'block:start').length;
    expect(events.filter((event) => event.type === 'block:complete')).toHaveLength(starts);
    expect(events.filter((event) => event.type === 'run:cancelled')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('run:cancelled');
    const blocks = (await state(session)).conversations['main']?.blocks ?? [];
    expect(blocks.find((block) => block.type === 'tool_result')).toMatchObject({
      isError: true,
      output: 'cancelled',
    });
    const repeated = await session.interrupt({ runId });
    expect(repeated).toMatchObject({ duplicate: true, seq: events.at(-1)?.seq });
    expect(accepted.seq).toBeLessThan(repeated.seq);
    expect((await state(session)).held).toBe('interrupt');
    await answered(session, script, 'again', ['whole']);
  });

  test('[C6][D3] who joins after five hundred deltas sees the text so far', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const { runId = '' } = await session.submit({ content: 'count' });
    const words = Array.from({ length: 500 }, (_, index) => `${index} `);
    for (const word of words) await script.says(word);
    const early = await follow(session, 'beginning');
    const late = await follow(session, 'snapshot');
    expect(textOf(late.state)).toBe(words.join(''));
    await script.says('end');
    await script.ends();
    await ended(session, runId);
    const whole = await state(session);
    await Promise.all([early, late].map((follower) => follower.reaches(whole)));
    early.leave();
    late.leave();
  });

  test('[C7] a message that comes while an answer streams does not split it', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    await session.submit({ content: 'first' });
    await script.says('one ');
    const second = await session.submit({ content: 'second' });
    expect(second.position).toBe(0);
    await script.says('two');
    await script.ends();
    await script.says('three');
    await script.ends();
    await ended(session, second.runId);
    expect(texts(await state(session))).toEqual(['first', 'one two', 'second', 'three']);
  });

  test('[C9] however a run ends, no block stays open and no empty text is left', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const { runId = '' } = await session.submit({ content: 'hello' });
    const empty = { id: 'empty', type: 'assistant_text', status: 'pending', content: '' } as const;
    await script.does({ emit: { type: 'block:start', payload: { block: empty } } });
    await script.thinks('hm');
    await script.fails({ message: 'It broke.' });
    expect(await ended(session, runId)).toMatchObject({ status: 'failed' });
    expect(statuses(await state(session))).toEqual(['user_message complete', 'thinking error']);
  });

  test('[G2] the place a submit answers with is where every log has the message', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const submitted = await session.submit({ content: 'hello', commandId: 'mine' });
    await script.ends();
    await ended(session, submitted.runId);
    const event = (await log(session)).find(({ seq }) => seq === submitted.seq);
    expect(event).toMatchObject({
      type: 'message:queued',
      runId: submitted.runId,
      payload: { commandId: 'mine' },
    });
  });

  test('[J1] ten messages at once are answered in order, each by its own run', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const sent = Array.from({ length: 10 }, (_, index) => session.submit({ content: `question ${index}` }));
    const answers = await Promise.all(sent);
    for (let index = 0; index < 10; index += 1) {
      const turn = await script.turn();
      await script.says(`answer to ${turn.text}`);
      await script.ends();
    }
    await Promise.all(answers.map((answer) => ended(session, answer.runId)));
    const said = texts(await state(session));
    expect(said).toHaveLength(20);
    for (let index = 0; index < 20; index += 2) expect(said[index + 1]).toBe(`answer to ${said[index]}`);
  });

  test('[J4] a command id is done once, and refused for anything else', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const first = await session.submit({ content: 'hello', commandId: 'c1' });
    expect(await session.submit({ content: 'hello', commandId: 'c1' })).toEqual({
      ...first,
      duplicate: true,
    });
    const other = session.submit({ content: 'other', commandId: 'c1' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency-mismatch' });
    await script.ends();
    await ended(session, first.runId);
    expect(texts(await state(session))).toEqual(['hello']);
  });

  test('[J6] what a stopped run still says never answers the next message', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const { runId = '' } = await session.submit({ content: 'first' });
    await script.does({ afterAbort: [{ text: 'too late' }] });
    await script.says('one ');
    await session.interrupt({ runId });
    await ended(session, runId);
    await answered(session, script, 'second', ['two']);
    expect(texts(await state(session))).toEqual(['first', 'one ', 'second', 'two']);
  });

  test('[J10] who sees a run finished has every event of it', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const submitted = await session.submit({ content: 'hello' });
    for (let index = 0; index < 50; index += 1) void script.says(`${index} `);
    await script.ends();
    const run = await ended(session, submitted.runId);
    const last = (await log(session)).findLast((event) => event.runId === submitted.runId);
    expect(last).toMatchObject({ type: 'run:completed', seq: run.endSeq });
  });

  test('[J15] runs are pages and single things that agree with the log', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    for (const word of ['a', 'b', 'c']) await answered(session, script, word, [word]);
    const first = await session.runs({ limit: 2 });
    const second = await session.runs({
      limit: 2,
      ...(first.nextCursor === null ? {} : { cursor: first.nextCursor }),
    });
    const runs = [...first.items, ...second.items];
    expect(second.nextCursor).toBeNull();
    const started = (await log(session))
      .filter((event) => event.type === 'run:started')
      .map((event) => event.runId);
    expect(runs.map((run) => run.runId).reverse()).toEqual(started);
    expect(await session.run({ runId: started[0] ?? '' })).toEqual(runs.at(-1));
    await expect(session.run({ runId: 'nope' })).rejects.toMatchObject({ code: 'run-not-found' });
  });

  test('[J14] waiting messages can be edited, promoted, taken back and held', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    const first = await session.submit({ content: 'first' });
    await script.says('one');
    for (const content of ['second', 'third', 'fourth']) await session.submit({ content });
    const [second, third, fourth] = (await state(session)).queue.map((message) => message.messageId);
    await session.updateQueued({ messageId: second ?? '', content: 'second, edited' });
    await session.removeQueued({ messageId: third ?? '' });
    await session.promoteQueued({ messageId: fourth ?? '' });
    await session.holdQueue({});
    await script.ends();
    await ended(session, first.runId);
    expect((await state(session)).activity).toBe('queued');
    await session.releaseQueue({});
    await script.says('four');
    await script.ends();
    await script.says('two');
    await script.ends();
    const { runs } = await state(session);
    await ended(session, runs.at(-1)?.runId);
    expect(texts(await state(session))).toEqual(['first', 'one', 'fourth', 'four', 'second, edited', 'two']);
    const late = session.removeQueued({ messageId: third ?? '' });
    await expect(late).rejects.toMatchObject({ code: 'message-not-found' });
  });
}
