import type { Actor } from '@perdure/protocol';
import type { Principal } from '../access/principal.ts';

/** A principal as events name it. */
export function actorOf({ id, name }: Principal): Actor {
  return { principalId: id, ...(name === undefined ? {} : { name }) };
}
