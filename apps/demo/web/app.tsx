import { useEffect, useState } from 'react';
import type { BreakableNetwork } from './breakable-network.ts';
import { Chat } from './chat.tsx';
import type { DemoServer } from './demo-server.ts';
import { Inspector } from './inspector.tsx';
import { type Pane, PaneTabs } from './pane-tabs.tsx';
import { selectSession, useSelectedSession } from './selected-session.ts';
import { SessionList } from './session-list.tsx';
import { Welcome } from './welcome.tsx';

export interface AppProps {
  readonly network: BreakableNetwork;
  readonly server: DemoServer;
}

/** Sessions on the left, what is said in the middle, what goes on underneath on the right; on a phone one at a time. */
export function App({ network, server }: AppProps) {
  const selected = useSelectedSession();
  const [pane, setPane] = useState<Pane>('chat');
  const [changes, setChanges] = useState(0);
  const agents = useAgents(server);
  const changed = () => setChanges((count) => count + 1);
  const select = (id: string) => {
    selectSession(id);
    setPane('chat');
  };

  return (
    <div className="app" data-pane={pane}>
      <SessionList agents={agents} changes={changes} selected={selected} onSelect={select} />
      {selected === undefined ? (
        <Welcome onOpenSessions={() => setPane('sessions')} />
      ) : (
        <Chat key={selected} id={selected} onChange={changed} onGone={() => selectSession(undefined)} />
      )}
      <Inspector sessionId={selected} network={network} server={server} />
      <PaneTabs pane={pane} onChange={setPane} />
    </div>
  );
}

function useAgents(server: DemoServer): readonly string[] {
  const [agents, setAgents] = useState<readonly string[]>([]);
  useEffect(() => {
    let isHere = true;
    server.page().then(
      (page) => isHere && setAgents(page.agents),
      // The connection's badge tells that the server is away.
      () => {},
    );
    return () => {
      isHere = false;
    };
  }, [server]);
  return agents;
}
