import { randomBytes } from 'node:crypto';
import type { IdSource } from '../session/id-source.ts';

const ID_BYTES = 16;

/** Randomness of this machine: ids are 128 bits as 32 hexadecimal digits, which is a letter or digit first. */
export const randomIdSource: IdSource = {
  id: () => randomBytes(ID_BYTES).toString('hex'),
  random: () => Math.random(),
};
