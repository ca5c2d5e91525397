/** The id of a call as the client chose it. */
export type CallId = string | number;

export type CallKind = 'subscription' | 'query' | 'mutation';

/** One part of a message: a call, the stop of one, or something that the router could not read. */
export type SocketCall =
  | { readonly kind: CallKind; readonly id: CallId; readonly value: object }
  | { readonly kind: 'stop'; readonly id: CallId; readonly value: object }
  /** `id`: whom to tell, if it has one. */
  | { readonly kind: 'unreadable'; readonly id: CallId | null };

/** It comes back with every answer. tRPC's own clients count, others use UUIDs. */
const LONGEST_ID = 128;

/**
 * Reads one part of a parsed message as tRPC's adapter would. The adapter refuses a whole message for one wrong part, without
 * saying which: nothing gets to it that it cannot read.
 */
export function readCall(value: unknown): SocketCall {
  if (typeof value !== 'object' || value === null) return { kind: 'unreadable', id: null };
  const { id, jsonrpc, method, params } = value as Record<string, unknown>;
  if (!isCallId(id)) return { kind: 'unreadable', id: null };
  if (jsonrpc !== undefined && jsonrpc !== '2.0') return { kind: 'unreadable', id };
  if (method === 'subscription.stop') return { kind: 'stop', id, value };
  if (!isCallKind(method) || !areParams(params)) return { kind: 'unreadable', id };
  return { kind: method, id, value };
}

/** The parts of a parsed message, one or an array of them. */
export function readCalls(parsed: unknown): readonly SocketCall[] {
  return (Array.isArray(parsed) ? parsed : [parsed]).map(readCall);
}

export function isCallId(id: unknown): id is CallId {
  return typeof id === 'string' ? id.length <= LONGEST_ID : Number.isFinite(id);
}

export function isCallKind(method: unknown): method is CallKind {
  return method === 'subscription' || method === 'query' || method === 'mutation';
}

function areParams(params: unknown): boolean {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return false;
  const { path, lastEventId } = params as Record<string, unknown>;
  return typeof path === 'string' && (lastEventId === undefined || typeof lastEventId === 'string');
}
