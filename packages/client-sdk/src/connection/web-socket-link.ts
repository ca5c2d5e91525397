import { type FollowInput, PerdureError, PROTOCOL_VERSION } from '@perdure/protocol';
import type { TRPCClientError } from '@trpc/client';
// Not the main entry: it brings clients for calls that go by fetch here, 2 kB of them.
import { createWSClient } from '@trpc/client/links/wsLink/wsLink';
import type { AnyTRPCRouter } from '@trpc/server';
import type { ClientClock } from '../client-clock.ts';
import { isRecord, readErrorBody, readJson } from '../rest/read-error.ts';
import type { FollowLink, FrameSink, LinkEvents } from './follow-link.ts';
import { endsLink, errorOfClose } from './link-loss.ts';
import { takeFrame } from './read-frame.ts';
import { SILENT, tapWebSocket } from './tap-web-socket.ts';

// W1. tRPC's own reconnect never runs: the first loss ends its client, and the connection makes the next with a new place.
//     Its hand-off to a second socket, asked for by the server, is left to it.
// W2. The credential goes in the first message, never in the URL.
// W3. What is no message ends the link: nobody could say what it was, and tRPC throws at it where it ends the process.
// W4. A client that hears says so: behind minutes of frames for a slow link, the server's ping would come too late.

/** Slower than tRPC's defaults of 5 s and 1 s, under which a link of 20 kB/s never received a whole frame. */
const KEEP_ALIVE = { enabled: true, intervalMs: 15_000, pongTimeoutMs: 20_000 };

/** Less than the 15 s after which the server asks whether anyone is there. */
const SPEAK_MS = 10_000;

/** What goes over the wire is JSON already. */
const same = (value: unknown) => value;
const json = { serialize: same, deserialize: same };
const asItIs = { input: json, output: json };

export interface WebSocketLinkOptions {
  /** Where the server's HTTP is; without a slash at its end. */
  readonly base: string;
  readonly WebSocket: typeof globalThis.WebSocket;
  readonly token: string | undefined;
  readonly clock: ClientClock;
}

/** Opens a WebSocket that carries subscriptions as tRPC frames. */
export function openWebSocketLink(options: WebSocketLinkOptions, events: LinkEvents): FollowLink {
  const { base, WebSocket, token, clock } = options;
  let isOver = false;
  let hasFrame = false;
  const becomeQuiet = () => {
    callOff = undefined;
  };
  /** While it has spoken lately. */
  let callOff: (() => void) | undefined = clock.after(SPEAK_MS, becomeQuiet);

  const taps = tapWebSocket(
    WebSocket,
    (code) => lose(errorOfClose(code), code === SILENT && !hasFrame),
    () => isOver,
  );
  const socketClient = createWSClient({
    url: `${base.replace(/^http/, 'ws')}/trpc`,
    WebSocket: taps.WebSocket,
    connectionParams: { protocol: String(PROTOCOL_VERSION), ...(token === undefined ? {} : { token }) }, // W2
    keepAlive: KEEP_ALIVE,
    experimental_encoder: { encode: JSON.stringify, decode },
  });

  function decode(text: unknown): unknown {
    if (callOff === undefined) {
      callOff = clock.after(SPEAK_MS, becomeQuiet);
      taps.send('PONG'); // W4
    }
    const message = readJson(text as string);
    if (isRecord(message) && isMessage(message)) return message;
    lose(errorOfClose(undefined)); // W3
    return { method: '' }; // nothing that tRPC knows
  }

  function close(): void {
    isOver = true;
    callOff?.();
    socketClient.close().catch(() => {});
    taps.close(); // tRPC waits for a socket that is still opening
  }

  function lose(error: PerdureError, isMute?: boolean): void {
    if (isOver) return;
    close(); // W1
    events.lost(error, isMute);
  }

  function follow(input: FollowInput, sink: FrameSink): () => void {
    let hasEnded = false;
    const ended = (error: PerdureError | undefined) => {
      if (isOver || hasEnded) return;
      hasEnded = true;
      // What ends the link says nothing good about it; any other answer shows that the server took this client.
      if (error !== undefined && !endsLink(error)) events.accepted();
      sink.ended(error);
    };
    const op = { id: 0, type: 'subscription', path: 'sessions.follow', input, signal: null } as const;
    const subscription = socketClient.request({ op, transformer: asItIs }).subscribe({
      next({ result }) {
        if (isOver || hasEnded) return;
        if (result.type === 'started') events.accepted();
        if (result.type !== 'data') return;
        hasFrame = true;
        try {
          takeFrame((result.data as { data?: unknown } | null | undefined)?.data, sink);
        } catch (error) {
          ended(error as PerdureError);
          subscription.unsubscribe();
        }
      },
      error: (error) => ended(errorOfTrpc(error)),
      complete: () => ended(undefined),
    });
    return () => {
      hasEnded = true;
      subscription.unsubscribe();
    };
  }

  return { follow, close };
}

/** Whether tRPC reads it without a throw: it looks calls up by any id, makes text of places, and trusts what answers are. */
function isMessage({ id = null, method, result, error }: Record<string, unknown>): unknown {
  if (id !== null && typeof id !== 'number') return false; // those of our calls are numbers
  if (error !== undefined) return isRecord(error) && typeof error['code'] === 'number';
  return method || (isRecord(result) && typeof (result['id'] ?? '') === 'string');
}

/** A tRPC error as ours: the server puts our body into its data. */
function errorOfTrpc(error: TRPCClientError<AnyTRPCRouter>): PerdureError {
  const data: unknown = error.data;
  const body = isRecord(data) && isRecord(data['perdure']) ? data['perdure'] : undefined;
  const withMessage = body && { message: error.message, ...body };
  return (
    readErrorBody(withMessage) ??
    new PerdureError('internal', `The subscription failed: ${error.message}`, { cause: error })
  );
}
