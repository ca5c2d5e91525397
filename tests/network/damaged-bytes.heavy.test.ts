import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { damagedClients, readDamaged } from './damaged-bytes.ts';

test('[D1] a damaged byte loses no event, gives none twice, and leaves nobody waiting', async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`The damaged bytes have the seed ${seed}.`);
  await measured(
    { what: 'One byte of a connection damaged, without TLS', size: '4,000 connections' },
    () => readDamaged(damagedClients(seededRandom(seed), 4_000)),
    ({ whole, refused, changed }) => {
      expect(whole + refused + changed).toBe(4_000);
      expect(whole).toBeGreaterThan(1_000); // most damaged bytes cost a connection, and no event
      return `no event lost, none twice, nobody waits: ${whole} with the log of the server, ${refused} told by an error, ${changed} read one text otherwise`;
    },
  );
});
