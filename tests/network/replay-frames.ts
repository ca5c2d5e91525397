// F1. What is put in, left out or put elsewhere is whole frames: the bytes are those of a server that sends them so.
// F2. Frames of earlier connections come again, too: whoever replays them does not know that they are of another one.
import type { SeededRandom } from '../support/seeded-random.ts';

/** What became of frames, by what was done to them. */
export type ReplayCounts = Record<'twice' | 'old' | 'late' | 'lost', number>;

export interface FrameReplay {
  readonly counts: ReplayCounts;
  /** For one connection: the bytes that a client gets in the place of those that the server has sent. */
  rewriter(): (bytes: Buffer) => Buffer;
  /** From now on every frame passes as it is: that the very last one was left out, nobody could ever tell. */
  heal(): void;
}

/** Old frames that may come again. */
const MOST_KEPT = 64;

/** Bytes that end the head of an answer, before frames or chunks begin. */
const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** A network that sends frames of one client twice, again, in another order, or not at all; so many of one hundred. */
export function frameReplay(random: SeededRandom, ofOneHundred: number): FrameReplay {
  const counts: ReplayCounts = { twice: 0, old: 0, late: 0, lost: 0 };
  const kept: Buffer[] = [];
  let isHealed = false;

  const rewriter = () => {
    let rest: Buffer = Buffer.alloc(0);
    let cut: ((bytes: Buffer) => number | undefined) | undefined;
    let late: Buffer | undefined;

    /** What is sent for one frame. */
    const replay = (frame: Buffer): Buffer[] => {
      const after = late === undefined ? [] : [late];
      late = undefined;
      const old = kept.length === 0 ? frame : random.pick(kept);
      kept.push(frame);
      if (kept.length > MOST_KEPT) kept.shift();
      if (isHealed || random.below(100) >= ofOneHundred) return [frame, ...after];
      const kind = random.pick(['twice', 'old', 'late', 'lost'] as const);
      counts[kind] += 1;
      switch (kind) {
        case 'twice':
          return [frame, ...after, frame];
        case 'old':
          return [old, frame, ...after];
        case 'late':
          late = frame;
          return after;
        case 'lost':
          return after;
        default:
          return kind satisfies never;
      }
    };

    return (bytes: Buffer): Buffer => {
      rest = Buffer.concat([rest, bytes]);
      const out: Buffer[] = [];
      const take = (size: number) => {
        const taken = rest.subarray(0, size);
        rest = rest.subarray(size);
        return taken;
      };
      for (;;) {
        if (cut === undefined) {
          const headEnd = rest.indexOf(HEAD_END);
          if (headEnd === -1) break;
          const head = take(headEnd + HEAD_END.length);
          cut = cutterOf(head.toString('latin1'));
          out.push(head);
        }
        const size = cut(rest);
        if (size === undefined) break;
        const unit = take(size);
        out.push(...(isFrame(unit) ? replay(unit) : [unit]));
        // The connection may be used for another request.
        if (cut === chunkSize && unit.equals(LAST_CHUNK)) cut = undefined;
      }
      return Buffer.concat(out);
    };
  };
  const heal = () => {
    isHealed = true;
  };
  return { counts, rewriter, heal };
}

/** How long the first unit of what comes after a head is, if it is all there; other answers pass as they are. */
function cutterOf(head: string): (bytes: Buffer) => number | undefined {
  if (head.startsWith('HTTP/1.1 101')) return messageSize;
  if (/^content-type: text\/event-stream/im.test(head)) return chunkSize;
  return ({ length }) => (length === 0 ? undefined : length);
}

/** Of a WebSocket message of a server, which is not masked. */
function messageSize(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const headBytes = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < headBytes) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return bytes.length < headBytes + length ? undefined : headBytes + length;
}

/** Of a chunk of HTTP/1.1. */
function chunkSize(bytes: Buffer): number | undefined {
  const lineEnd = bytes.indexOf('\r\n');
  if (lineEnd === -1) return undefined;
  const size = lineEnd + 2 + Number.parseInt(bytes.toString('latin1', 0, lineEnd), 16) + 2;
  return bytes.length < size ? undefined : size;
}

/** A message or chunk that holds exactly one frame. */
function isFrame(unit: Buffer): boolean {
  const text = unit.toString('latin1');
  return (
    text.includes('"result":{"type":"data"') || /^[0-9a-f]+\r\nid: [^\n]*\ndata: [^\n]*\n\n\r\n$/.test(text)
  );
}
