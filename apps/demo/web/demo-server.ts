/** What this page's server tells it alone. */
export interface DemoPage {
  readonly token: string;
  /** The agents that a session can be made with, the best one first. */
  readonly agents: readonly string[];
}

/** The demo's own routes, beside the contract. */
export interface DemoServer {
  page(): Promise<DemoPage>;
  /** Has the supervisor end the server's process, as a crash would. */
  kill(): Promise<void>;
}

export function createDemoServer(fetch: typeof globalThis.fetch): DemoServer {
  let known: DemoPage | undefined;
  return {
    async page() {
      try {
        const response = await fetch('/demo/token', { cache: 'no-store' });
        if (!response.ok) throw new Error(`The server refused its page: ${response.status}.`);
        known = (await response.json()) as DemoPage;
      } catch (error) {
        // The token outlives the server's process: one that is away takes the same when it is back.
        if (known === undefined) throw error;
      }
      return known;
    },
    async kill() {
      const { token } = await this.page();
      const response = await fetch('/demo/kill', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      if (!response.ok) throw new Error(`The supervisor refused: ${response.status}.`);
    },
  };
}
