import { createPerdureClient, PerdureProvider } from '@perdure/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createBreakableNetwork } from './breakable-network.ts';
import { createDemoServer } from './demo-server.ts';
import './theme.css';
import './layout.css';
import './chat.css';
import './inspector.css';

const network = createBreakableNetwork();
// Past the switch: the kill button works in a tunnel, too.
const server = createDemoServer((...call) => fetch(...call));
const client = createPerdureClient({
  url: location.origin,
  token: async () => (await server.page()).token,
  fetch: network.fetch,
  WebSocket: network.WebSocket,
});

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element to draw into.');
createRoot(root).render(
  <StrictMode>
    <PerdureProvider client={client}>
      <App network={network} server={server} />
    </PerdureProvider>
  </StrictMode>,
);
