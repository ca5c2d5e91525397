import { createHash } from 'node:crypto';
import type { Digest } from '../session/digest.ts';

export const sha256Digest: Digest = (text) => createHash('sha256').update(text).digest('hex');
