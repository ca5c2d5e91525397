import { createHash } from 'node:crypto';

/** By which a credential is known after it was checked: its SHA-256, so that no log, record or memory dump holds it. */
export function credentialId(credential: string): string {
  return createHash('sha256').update(credential).digest('hex');
}
