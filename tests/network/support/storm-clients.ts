// A program of its own: many clients of one server, each following a session, that tell their parent how they are.
// node --conditions=@perdure/source storm-clients.ts URL COUNT SESSION...
import { createPerdureClient } from '@perdure/client';
import { parseCursor } from '@perdure/protocol';
import { WebSocket } from 'ws';
import { LogDigest } from './log-digest.ts';
import { tellReports } from './reporting-process.ts';
import type { StormReport } from './start-storm-clients.ts';

const [url = '', count = '0', ...sessions] = process.argv.slice(2);

async function follower(sessionId: string, number: number) {
  const client = createPerdureClient({
    url,
    token: `client-${process.pid}-${number}`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  const session = client.session(sessionId);
  let digest: LogDigest | undefined;
  const lost = { isLost: false };
  client.connection.subscribe(() => {
    if (client.connection.get().status === 'reconnecting') lost.isLost = true;
  });
  session.onEvent((event) => {
    if (event.type !== 'status:changed') digest?.add(event);
  });
  await session.load();
  digest = new LogDigest(parseCursor(session.getSnapshot().cursor)?.seq ?? 0);
  return { client, session, digest, lost };
}

const followers = await Promise.all(
  Array.from({ length: Number(count) }, (_none, index) =>
    follower(sessions[index % sessions.length] ?? '', index),
  ),
);

function report(): StormReport {
  const views = followers.map(({ client, session, digest, lost }) => {
    const { phase, resumed, error } = session.getSnapshot();
    const { status, transport } = client.connection.get();
    const kind = digest.place > 0 && resumed?.kind === 'snapshot' ? resumed.reason : undefined;
    return {
      id: session.id,
      isLive: status === 'open' && phase === 'live',
      isLost: lost.isLost,
      status,
      transport,
      digest,
      kind,
      error,
    };
  });
  const logs = sessions.map((sessionId) => {
    const own = views.filter(({ id }) => id === sessionId).map(({ digest }) => digest);
    return {
      sessionId,
      fewest: Math.min(...own.map(({ place }) => place)),
      hashes: [...new Set(own.map(({ hash }) => hash))],
    };
  });
  return {
    live: views.filter(({ isLive }) => isLive).length,
    lost: views.filter(({ isLost }) => isLost).length,
    failed: views.filter(({ status }) => status === 'failed').length,
    streams: views.filter(({ transport }) => transport === 'stream').length,
    gaps: views.reduce((sum, { digest }) => sum + digest.gaps, 0),
    snapshots: views.filter(({ kind }) => kind !== undefined && kind !== 'start').length,
    logs,
  };
}

tellReports({}, report);
