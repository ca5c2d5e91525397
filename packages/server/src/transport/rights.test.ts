import type { Access } from '@perdure/protocol';
import { contract, type Leaf, leavesOf } from '@perdure/protocol/schemas';
import { describe, expect, it } from 'vitest';
import { type Answer, type RunningServer, runningServer } from '../../test/running-server.ts';
import { codeOf, testSocket } from '../../test/test-socket.ts';
import { allScopes } from '../access/scopes.ts';
import { plannedLeaves } from './handlers.ts';

// Every leaf of the contract, built or planned, asked by everyone whom it might be kept from. The expectations come from
// the contract's own `access`, so a leaf that is added is asked too.

/** `ann:X` has all rights but X, ann alone those of a user; `bob` is a stranger of the same tenant; `eve` of another. */
const authenticate = ({ credential }: { readonly credential?: string | undefined }) => {
  if (credential === undefined) return null;
  const [, name = '', withheld] = /^(\w+)(?::(.+))?$/.exec(credential) ?? [];
  const scopes = allScopes.filter(
    (scope) => scope !== withheld && (withheld !== undefined || scope !== 'session:admin'),
  );
  if (name === 'ann') return { id: 'ann', scopes };
  if (name === 'bob') return { id: 'bob' };
  return name === 'eve' ? { id: 'ann', tenantId: 'elsewhere' } : null;
};

const limits = { principalCommandsPer10s: 100_000 };
const bearer = (credential: string | undefined): Record<string, string> =>
  credential === undefined ? {} : { authorization: `Bearer ${credential}` };

const leaves = [...leavesOf(contract)];
const restLeaves = leaves.flatMap(([path, leaf]) => (leaf.rest === undefined ? [] : [[path, leaf] as const]));
const subscriptions = leaves.filter(([, leaf]) => leaf.kind === 'subscription');
const isOfSession = ({ rest }: Leaf) => rest?.path.includes('{id}') === true;

function call(
  server: RunningServer,
  leaf: Leaf,
  credential: string | undefined,
  sessionId = 'a',
): Promise<Answer> {
  const { method = 'GET', path = '', accept = 'application/json' } = leaf.rest ?? {};
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const url = path.replace('{id}', sessionId).replaceAll(/\{\w+\}/g, 'x');
  return server.ask(method, url, {
    ...(hasBody ? { body: accept === 'application/json' ? {} : 'x' } : {}),
    headers: { ...bearer(credential), ...(hasBody ? { 'content-type': accept } : {}) },
  });
}

async function withSession(): Promise<RunningServer> {
  const server = await runningServer({ authenticate, limits });
  await server.ask('POST', '/v1/sessions', { body: { id: 'a' }, headers: bearer('ann') });
  return server;
}

describe('the rights of every leaf over REST', () => {
  it.each(restLeaves)('[N5] %s', async (path, leaf) => {
    await using server = await withSession();
    const anonymous = await call(server, leaf, undefined);
    if (leaf.access === 'public') {
      expect(anonymous.status).toBe(200);
      return;
    }
    expect([anonymous.status, anonymous.error?.code]).toEqual([401, 'unauthenticated']);
    expect((await call(server, leaf, 'mallory')).status).toBe(401);

    for (const right of leaf.access) {
      const without = await call(server, leaf, `ann:${right}`);
      // An owner may do with his own what else needs an admin.
      const isOwnersOwn = right === 'session:admin' && isOfSession(leaf);
      if (!isOwnersOwn)
        expect([right, without.status, without.error?.details]).toEqual([right, 403, { access: right }]);
    }

    if (isOfSession(leaf)) {
      for (const stranger of ['bob', 'eve']) {
        const foreign = await call(server, leaf, stranger, 'a');
        const missing = await call(server, leaf, stranger, 'b');
        expect([foreign.status, foreign.error?.code]).toEqual([404, 'session-not-found']);
        expect(JSON.stringify(foreign.body)).toBe(
          JSON.stringify(missing.body).replaceAll('b\\"', 'a\\"').replaceAll('"b"', '"a"'),
        );
      }
    }

    if (path === 'sessions.delete') return;
    const allowed = await call(
      server,
      leaf,
      needsAdmin(leaf.access) && !isOfSession(leaf) ? 'ann:server:observe' : 'ann',
    );
    const [status, code] = [allowed.status, allowed.error?.code];
    if (plannedLeaves.includes(path)) expect([status, code]).toEqual([501, 'not-implemented']);
    else expect([401, 403, 500, 501]).not.toContain(status);
  });
});

describe('the rights of every subscription', () => {
  it.each(subscriptions)('[N5] %s', async (path, leaf) => {
    await using server = await withSession();
    const ask = async (credential: string, sessionId: string) => {
      using socket = await testSocket(`${server.url}/trpc`, { headers: bearer(credential) });
      socket.send({ id: 1, method: 'subscription', params: { path, input: { sessionId } } });
      return codeOf(
        await socket.message(({ error, result }) => error !== undefined || result?.type === 'data'),
      );
    };
    const [right = 'session:read'] = leaf.access;
    const allowed = plannedLeaves.includes(path) ? 'not-implemented' : undefined;
    expect(await ask(`ann:${right}`, 'a')).toBe('forbidden');
    expect(await ask('ann', 'a')).toBe(allowed);
    expect(await ask('bob', 'a')).toBe(right === 'session:list' ? allowed : 'session-not-found');
  });
});

function needsAdmin(access: readonly Access[]): boolean {
  return access.includes('session:admin');
}
