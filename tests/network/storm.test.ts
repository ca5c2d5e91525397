import { expect, test } from 'vitest';
import { stormOfClients } from './storm.ts';

test.each(['restart', 'cut'] as const)(
  '[E13][F3] clients that come back at once after a %s are all live, with nothing lost',
  { timeout: 60_000 },
  async (cause) => {
    const { liveSeconds } = await stormOfClients({
      cause,
      clients: 60,
      processes: 1,
      sessions: 3,
      stay: cause === 'cut' ? 2 : 0,
      watchSeconds: 1,
    });
    expect(liveSeconds).toBeLessThan(30);
  },
);
