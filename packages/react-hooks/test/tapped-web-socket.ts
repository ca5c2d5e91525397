/** What a client has asked for over its sockets: each subscription that was started and not stopped, by its path. */
export function tapWebSocket() {
  const open = new Map<unknown, string>();
  let started = 0;

  class TappedWebSocket extends globalThis.WebSocket {
    override send(data: string): void {
      for (const message of [JSON.parse(data)].flat() as Message[]) {
        if (message.method === 'subscription' && message.params?.path !== undefined) {
          open.set(message.id, message.params.path);
          started += 1;
        }
        if (message.method === 'subscription.stop') open.delete(message.id);
      }
      super.send(data);
    }
  }

  return {
    WebSocket: TappedWebSocket as typeof globalThis.WebSocket,
    /** Paths of the open subscriptions. */
    open: () => [...open.values()],
    started: () => started,
  };
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly path?: string };
}
