import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TokenAuthenticator } from './token-authenticator.ts';

const request = (credential?: string) => ({
  credential,
  headers: {},
  remoteAddress: '',
  transport: 'http' as const,
});

describe('TokenAuthenticator', () => {
  it('[N6] several tokens are good at once, and all are one principal', async () => {
    const tokens = new TokenAuthenticator(['first', 'second']);
    const outcomes = await Promise.all(
      ['first', 'second'].map((token) => tokens.authenticate(request(token))),
    );
    const ids = outcomes.map((outcome) => outcome.ok && outcome.principal.id);
    expect(ids).toEqual(['operator', 'operator']);
    const credentials = outcomes.map((outcome) => outcome.ok && outcome.principal.credentialId);
    expect(new Set(credentials).size).toBe(2);
  });

  it('[N4] none, a wrong one and one of another length are refused', async () => {
    const tokens = new TokenAuthenticator(['first']);
    expect(await tokens.authenticate(request())).toEqual({ ok: false, reason: 'missing' });
    for (const wrong of ['', 'firs', 'first ', 'second']) {
      expect(await tokens.authenticate(request(wrong))).toEqual({ ok: false, reason: 'invalid' });
    }
  });

  it('[N6] a token that was taken out is told of, once, and is good no more', async () => {
    const tokens = new TokenAuthenticator(['old', 'kept']);
    const revoked: string[] = [];
    const stop = tokens.onRevoked((credentialId) => revoked.push(credentialId));
    const before = await tokens.authenticate(request('old'));
    tokens.replaceTokens(['kept', 'new']);
    expect(revoked).toEqual([before.ok && before.principal.credentialId]);
    expect(await tokens.authenticate(request('old'))).toEqual({ ok: false, reason: 'invalid' });
    expect(await tokens.authenticate(request('new'))).toMatchObject({ ok: true });
    stop();
    tokens.replaceTokens([]);
    expect(revoked).toHaveLength(1);
  });

  it('[N4] the token itself is kept nowhere', () => {
    expect(inspect(new TokenAuthenticator(['very-secret']), { showHidden: true, depth: 9 })).not.toContain(
      'very-secret',
    );
  });
});
