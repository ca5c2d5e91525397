import { Window } from 'happy-dom';

/**
 * A document beside Node's own `fetch` and `WebSocket`: a test environment that is a browser through and through has others,
 * which talk as a page of no origin. Import it before anything of React.
 */
const window = new Window({ url: 'http://127.0.0.1/' });
for (const [name, value] of Object.entries({
  window,
  document: window.document,
  FormData: window.FormData,
  // What a real server sends comes when it comes, outside of any `act`.
  IS_REACT_ACT_ENVIRONMENT: false,
})) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
