// tRPC makes the text of every message itself. A frame is text already, and the same text for every follower at one
// place; an encoder of our own puts it in as it is. The bytes on the wire are those of ordinary tRPC, so its clients
// need nothing. All that is known of tRPC's messages is in this file.
import type { Encoder } from '@trpc/server/adapters/ws';
import type { FrameText } from './client-hub.ts';

/** The data of a tracked message, as text. Without `spliceEncoder` it is sent as the frame that it stands for. */
export class PreparedFrame implements FrameText {
  readonly cursor: string;
  readonly json: string;

  constructor({ cursor, json }: FrameText) {
    this.cursor = cursor;
    this.json = json;
  }

  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}

/** For `experimental_encoder` of tRPC's WebSocket server. */
export const spliceEncoder: Encoder = {
  encode(message) {
    const frame = frameOf(message);
    if (frame === undefined) return JSON.stringify(message);
    const { cursor, json } = frame.data;
    return `{"id":${JSON.stringify(frame.id)},"result":{"type":"data","data":{"id":"${cursor}","data":${json}},"id":"${cursor}"}}`;
  },
  decode(message) {
    if (typeof message !== 'string') throw new TypeError('Messages are text.');
    return JSON.parse(message);
  },
};

/** `{ id, result: { type: 'data', data: { id, data: PreparedFrame }, id } }` */
function frameOf(message: unknown): { readonly id: unknown; readonly data: PreparedFrame } | undefined {
  const result = fieldOf(message, 'result');
  const data = fieldOf(fieldOf(result, 'data'), 'data');
  return data instanceof PreparedFrame ? { id: fieldOf(message, 'id'), data } : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
