import { expect, test } from 'vitest';
import type { Principal } from '../access/principal.ts';
import type { Advance } from '../hub/client-hub.ts';
import type { HostUnderTest } from './session-host-contract.ts';
import { answered, ended, state, statuses } from './session-steps.ts';

const user = (id: string, tenantId = 'default'): Principal => ({
  id,
  kind: 'user',
  tenantId,
  scopes: ['session:create', 'session:list', 'session:read', 'session:write', 'session:control'],
  credentialId: id,
});

/** How sessions are made, found, loaded, left and archived. */
export function sessionLifeContract(start: () => Promise<HostUnderTest>): void {
  test('[A1][A2] creates, finds, loads, lists and unloads by its ten methods', async () => {
    const { host } = await start();
    const { session, item, created } = await host.createSession({ id: 'one', title: 'First' });
    expect(created).toBe(true);
    expect(item).toMatchObject({ id: 'one', title: 'First', agent: 'writer', head: 1, activity: 'idle' });
    expect(session.id).toBe('one');
    expect(await host.isSessionLoaded('one')).toBe(true);
    expect(await host.getLoadedSessionIds()).toEqual(['one']);
    expect((await host.getSession('one'))?.id).toBe('one');
    await host.unloadSession('one');
    expect(await host.getSession('one')).toBeUndefined();
    expect(await host.getLoadedSessionIds()).toEqual([]);
    expect((await host.loadSession('one')).id).toBe('one');
    expect((await host.getAllSessions({})).items.map((listed) => listed?.id)).toEqual(['one']);
    expect(await host.isHealthy()).toBe(true);
    const told: Advance[] = [];
    host.setClientHub({
      broadcast: (_session, advance) => told.push(advance),
      getClientCount: () => 0,
      follow: () => Promise.resolve(),
      end: () => undefined,
    });
    await session.update({ title: 'Second' });
    expect(told.map(({ head }) => head)).toEqual([2]);
    await host.shutdown({ deadlineMs: 5_000 });
    await expect(session.submit({ content: 'late' })).rejects.toMatchObject({ code: 'shutting-down' });
  });

  test('[A3] what was unloaded is loaded again as it was', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({ id: 'one' });
    await answered(session, script, 'hello', ['good ', 'day']);
    await host.unloadSession('one');
    expect(await host.isSessionLoaded('one')).toBe(false);
    const before = await session.get();
    await host.loadSession('one');
    expect(await session.get()).toEqual(before);
    await expect(host.loadSession('two')).rejects.toMatchObject({ code: 'session-not-found' });
  });

  test('[A5] fifty creates of one id make one session; a stranger is told the id is taken', async () => {
    const { host } = await start();
    const ann = host.as(user('ann'));
    const results = await Promise.all(Array.from({ length: 50 }, () => ann.createSession({ id: 'one' })));
    expect(results.filter((result) => result.created)).toHaveLength(1);
    await expect(host.as(user('ben')).createSession({ id: 'one' })).rejects.toMatchObject({
      code: 'id-taken',
    });
    const foreign = await host.as(user('ben', 'other')).createSession({ id: 'one' });
    expect(foreign.created).toBe(true);
    expect((await ann.getAllSessions({})).items).toHaveLength(1);
  });

  test('[A6] a repeated create answers with what is there, unless it asks for something else', async () => {
    const { host } = await start();
    const first = await host.createSession({ id: 'one', agent: 'writer' });
    const second = await host.createSession({ id: 'one', agent: 'writer' });
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.item).toEqual(first.item);
    const other = host.createSession({ id: 'one', agent: 'reviewer' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency-mismatch' });
    await expect(host.createSession({ agent: 'nobody' })).rejects.toMatchObject({ code: 'unknown-agent' });
  });

  test('[A14] unloading ends the run that is open as cancelled, and the next message works at once', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({ id: 'one' });
    const { runId = '' } = await session.submit({ content: 'hello' });
    await script.says('half ');
    const finished = session.run({ runId, wait: 30 });
    await host.unloadSession('one');
    expect(await finished).toMatchObject({ status: 'cancelled' });
    expect(statuses(await state(session))).toEqual(['user_message complete', 'assistant_text aborted']);
    await answered(session, script, 'again', ['whole']);
  });

  test('[A23] what one session suffers changes nothing in another', async () => {
    const { host, script } = await start();
    const [broken, sound] = await Promise.all([
      host.createSession({ id: 'broken' }).then((result) => result.session),
      host.createSession({ id: 'sound' }).then((result) => result.session),
    ]);
    const failed = await broken.submit({ content: 'break' });
    await script.throws(new Error('boom'));
    await ended(broken, failed.runId);
    await answered(sound, script, 'hello', ['fine']);
    expect((await state(broken)).activity).toBe('error');
    expect((await state(sound)).activity).toBe('idle');
  });

  test('[A16] an archived session can be read and taken out of the archive, and nothing else', async () => {
    const { host, script } = await start();
    const { session } = await host.createSession({});
    await session.update({ archived: true });
    await expect(session.submit({ content: 'hello' })).rejects.toMatchObject({ code: 'session-archived' });
    await expect(session.holdQueue({})).rejects.toMatchObject({ code: 'session-archived' });
    expect((await state(session)).archived).toBe(true);
    await session.update({ archived: false });
    await answered(session, script, 'hello', ['hi']);
  });
}
