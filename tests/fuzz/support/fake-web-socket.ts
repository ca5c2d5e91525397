/** A WebSocket that nobody is at the other end of: what a server would say is put into its mouth. */
export class FakeWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly #onSend: (socket: FakeWebSocket, text: string) => void;
  readyState = 0;

  constructor(onSend: (socket: FakeWebSocket, text: string) => void) {
    super();
    this.#onSend = onSend;
    setImmediate(() => {
      if (this.readyState !== 0) return; // closed before it was open
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
    });
  }

  send(text: string): void {
    this.#onSend(this, text);
  }

  close(code = 1_000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('close'), { code })));
  }

  say(data: unknown): void {
    if (this.readyState === 1) this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}
