import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Authenticator } from './authenticator.ts';
import { CredentialWatch } from './credential-watch.ts';
import { openPrincipal } from './open-authenticator.ts';

function watched() {
  const clock = new ManualClock();
  let revoke = (_credentialId: string) => {};
  const authenticator: Authenticator = {
    authenticate: async () => ({ ok: false, reason: 'missing' }),
    onRevoked: (listener) => {
      revoke = listener;
      return () => {};
    },
  };
  const watch = new CredentialWatch(authenticator, clock);
  const ends: string[] = [];
  const see = (name: string, expiresInMs?: number) =>
    watch.watch(
      {
        ...openPrincipal,
        credentialId: name,
        ...(expiresInMs === undefined ? {} : { expiresAt: clock.now() + expiresInMs }),
      },
      (end) => ends.push(`${name} ${end}`),
    );
  return { clock, watch, ends, see, revoke: (name: string) => revoke(name) };
}

describe('CredentialWatch', () => {
  it('[N6] expiry is told when it comes, also after weeks', () => {
    const { clock, watch, ends, see } = watched();
    see('soon', 1_000);
    see('late', 30 * 86_400_000);
    clock.advance(999);
    expect(ends).toEqual([]);
    clock.advance(1);
    expect(ends).toEqual(['soon expired']);
    clock.advance(29 * 86_400_000);
    expect(ends).toEqual(['soon expired']);
    clock.advance(86_400_000);
    expect(ends).toEqual(['soon expired', 'late expired']);
    expect(watch.size).toBe(0);
  });

  it('[N6] revocation is told at once to all that is open under the credential, and to nothing else', () => {
    const { watch, ends, see, revoke } = watched();
    see('a', 1_000);
    see('a');
    see('b');
    revoke('a');
    expect(ends).toEqual(['a revoked', 'a revoked']);
    revoke('a');
    expect(ends).toHaveLength(2);
    expect(watch.size).toBe(1);
  });

  it('[A13] what is let go of leaves nothing behind', () => {
    const { clock, watch, ends, see } = watched();
    see('a', 1_000)();
    clock.advance(2_000);
    expect([ends, watch.size]).toEqual([[], 0]);
  });

  it('[N6] what ends in one moment is told in the order of its opening, and not what the earlier lets go of', () => {
    const { clock, watch, ends, see } = watched();
    see('a', 1_000)();
    const credential = { ...openPrincipal, credentialId: 'a', expiresAt: clock.now() + 1_000 };
    const lettingGo: (() => void)[] = [];
    watch.watch(credential, (end) => {
      ends.push(`socket ${end}`);
      for (const letGo of lettingGo) letGo();
    });
    clock.advance(300); // with a timer of its own, what opens later might end first, by a fraction
    lettingGo.push(watch.watch(credential, (end) => ends.push(`subscription ${end}`)));
    watch.watch({ ...credential, expiresAt: credential.expiresAt + 500 }, (end) =>
      ends.push(`longer ${end}`),
    );
    expect(clock.pending).toBe(1);
    clock.advance(700);
    expect(ends).toEqual(['socket expired']);
    clock.advance(500);
    expect(ends).toEqual(['socket expired', 'longer expired']);
    expect([watch.size, clock.pending]).toEqual([0, 0]);
  });
});
