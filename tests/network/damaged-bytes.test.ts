import { expect, test } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { damagedClients, readDamaged } from './damaged-bytes.ts';

test('[D1] a damaged byte loses no event, gives none twice, and leaves nobody waiting', {
  timeout: 90_000,
}, async () => {
  const { whole, refused, changed } = await readDamaged(damagedClients(seededRandom(7), 160));
  expect(whole + refused + changed).toBe(160);
  expect(whole).toBeGreaterThan(50);
});
