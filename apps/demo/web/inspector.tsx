import { useConnection } from '@perdure/react';
import type { BreakableNetwork } from './breakable-network.ts';
import { ConnectionBadge } from './connection-badge.tsx';
import { DeliveryMeter } from './delivery-meter.tsx';
import type { DemoServer } from './demo-server.ts';
import { Timeline } from './timeline.tsx';
import { useAction } from './use-action.ts';

interface InspectorProps {
  readonly sessionId: string | undefined;
  readonly network: BreakableNetwork;
  readonly server: DemoServer;
}

/** Long enough to see messages wait in the outbox. */
const DROP_MS = 4_000;

/** What goes on underneath, and two ways to disturb it. */
export function Inspector({ sessionId, network, server }: InspectorProps) {
  const { status, transport, attempts, error, reconnect } = useConnection();
  const { run, isRunning, failure } = useAction();

  return (
    <aside className="pane inspector" aria-label="Inspector">
      <section aria-labelledby="connection-heading">
        <h2 id="connection-heading">Connection</h2>
        <p className="row">
          <ConnectionBadge />
          <span>by {transport === 'websocket' ? 'WebSocket' : 'event stream'}</span>
        </p>
        {error !== undefined && attempts > 0 && <p className="hint">{error.message}</p>}
        <div className="row">
          {(status === 'reconnecting' || status === 'failed') && (
            <button type="button" data-testid="reconnect" onClick={reconnect}>
              Reconnect now
            </button>
          )}
          <button type="button" data-testid="drop-connection" onClick={() => network.drop(DROP_MS)}>
            Drop the connection
          </button>
          <button
            type="button"
            className="danger"
            data-testid="kill-server"
            disabled={isRunning}
            onClick={() => run(() => server.kill())}
          >
            Kill the server
          </button>
        </div>
        {failure !== undefined && (
          <p className="notice" role="alert">
            {failure}
          </p>
        )}
      </section>
      {sessionId !== undefined && (
        <>
          <DeliveryMeter key={`delivery ${sessionId}`} sessionId={sessionId} />
          <Timeline key={`timeline ${sessionId}`} sessionId={sessionId} />
        </>
      )}
      <section aria-labelledby="later-heading">
        <h2 id="later-heading">To come</h2>
        <p className="hint">
          Approvals before an agent writes or runs something, launchers that fence it in, and a reviewer it
          hands its work to.
        </p>
      </section>
    </aside>
  );
}
