import { describe, expect, it } from 'vitest';
import { systemClock } from '../process/system-clock.ts';
import { type Authenticate, FunctionAuthenticator, type KnownPrincipal } from './function-authenticator.ts';

const request = { credential: 'secret', headers: {}, remoteAddress: '127.0.0.1', transport: 'http' as const };
const ask = (
  authenticate: Authenticate,
  asked: typeof request | Omit<typeof request, 'credential'> = request,
) => new FunctionAuthenticator(authenticate, systemClock).authenticate(asked, new AbortController().signal);

describe('FunctionAuthenticator', () => {
  it('[N4] fills up what the login leaves out, without the right to everyone’s sessions', async () => {
    const outcome = await ask(() => ({ id: 'ann' }));
    expect(outcome).toMatchObject({
      ok: true,
      principal: {
        id: 'ann',
        kind: 'user',
        tenantId: 'default',
        credentialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    const scopes = outcome.ok ? outcome.principal.scopes : [];
    expect(scopes).toContain('session:create');
    expect(scopes).not.toContain('server:observe');
    expect(scopes).not.toContain('session:admin');
  });

  it('[N4] null is nobody: missing without a credential, invalid with one', async () => {
    expect(await ask(() => null)).toEqual({ ok: false, reason: 'invalid' });
    const { credential: _, ...bare } = request;
    expect(await ask(async () => null, bare)).toEqual({ ok: false, reason: 'missing' });
  });

  it('[N6] a credential that is over is expired', async () => {
    expect(await ask(() => ({ id: 'ann', expiresAt: Date.now() - 1 }))).toEqual({
      ok: false,
      reason: 'expired',
    });
    expect(await ask(() => ({ id: 'ann', expiresAt: Date.now() + 10_000 }))).toMatchObject({ ok: true });
  });

  it.each<[what: string, known: object]>([
    ['no id', {}],
    ['an empty id', { id: '' }],
    ['a number as id', { id: 7 }],
    ['an empty tenant', { id: 'a', tenantId: '' }],
    ['the kind of everyone', { id: 'a', kind: 'open' }],
    ['the kind of the server', { id: 'a', kind: 'system' }],
    ['an unknown scope', { id: 'a', scopes: ['session:everything'] }],
    ['an end that is no number', { id: 'a', expiresAt: Number.NaN }],
  ])('[N3] %s is a fault of the login, not a way in', async (_what, known) => {
    await expect(ask(() => known as KnownPrincipal)).rejects.toThrow(TypeError);
  });
});
