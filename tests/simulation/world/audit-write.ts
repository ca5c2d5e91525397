import type { AppendWrite } from '../../../packages/server/src/store/sql/write.ts';
import type { LedgerSession } from '../oracle/ledger-session.ts';

/** A row that is for the server alone, as a tool beside the servers writes it: with a claim of its own or under the last one. */
export function auditWrite(session: LedgerSession, claim: boolean, words: string): AppendWrite {
  const { key, head } = session;
  const seq = head + 1;
  const at = session.eventAt(head)?.event.at;
  const actor = { principalId: 'auditor' };
  const body = JSON.stringify({ seq, at, type: 'audit', payload: { words }, actor, source: 'server' });
  return {
    kind: 'append',
    ...{ key, claim, after: head, epoch: session.claims.at(-1)?.epoch ?? 0, essential: true },
    entries: [{ after: head, through: seq, type: 'audit', audience: 1, body }],
    bytes: body.length,
    ...{ columns: {}, blocks: [], runs: [], command: undefined, snapshot: undefined, floor: undefined },
  };
}
