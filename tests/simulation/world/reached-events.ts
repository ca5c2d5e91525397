import type { AnyEvent } from '@perdure/protocol';
import type { LedgerChange, LedgerWatch } from '../oracle/ledger.ts';

/** Notes what the logs show of the ways that the code under test took. */
export function watchEvents(world: { reached(what: string): void }): LedgerWatch {
  return {
    wrote({ added, after, write, session }: LedgerChange) {
      const types = added.map(({ event }) => event.type);
      const isClaim = write.kind === 'append' && write.claim;
      if (isClaim && types.includes('run:interrupted'))
        world.reached('interrupted run recovered under a new claim');
      else if (isClaim) world.reached('claim');
      if (write.snapshot !== undefined) world.reached('snapshot stored');
      if (write.kind === 'append' && write.floor !== undefined) world.reached('floor raised');
      for (const { event } of added) world.reached(nameOf(event));
      const before = session.stateAt(after);
      if (isClaim && before.environment.status === 'ready' && types[0] === 'environment:terminated')
        world.reached('environment of a dead process terminated');
      if (types.includes('run:interrupted') && types.includes('environment:starting'))
        world.reached('queue resumed by recovery');
    },
    compacted: () => world.reached('compaction'),
    refused: (_session, kind) => world.reached(`append ${kind}`),
  };
}

function nameOf({ type, payload }: AnyEvent): string {
  const { reason } = payload as { readonly reason?: string };
  return reason === undefined ? type : `${type} ${reason}`;
}
