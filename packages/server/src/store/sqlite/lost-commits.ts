// SQLite reads its write-ahead log up to the first frame that does not add up, and takes what follows for what a crash left.
// Where whole commits follow, it was no crash: they were acknowledged, and the next write goes over them.
import { chmod, copyFile, type FileHandle, open } from 'node:fs/promises';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Frames read at once. */
const FRAMES_AT_ONCE = 256;
/** The last of the magic number says which way round the numbers of checksums are read. */
const MAGIC = 0x377f0682;
/** A power cut can leave one commit behind a frame it lost: that of the group that was never acknowledged. */
const TORN_COMMITS = 1;

type Sums = readonly [number, number];

export interface LostCommits {
  readonly commits: number;
  /** A copy of the log as it was; none, if there was no room for it. */
  readonly copy: string | undefined;
}

/** Looks for acknowledged commits behind damage in the write-ahead log of a database, and keeps a copy of it if there are. */
export async function keepLostCommits(path: string): Promise<LostCommits | undefined> {
  const log = `${path}-wal`;
  const commits = await lostCommits(log);
  if (commits === 0) return undefined;
  const copy = `${log}.damaged`;
  try {
    await copyFile(log, copy);
    await chmod(copy, 0o600);
    return { commits, copy };
  } catch {
    return { commits, copy: undefined };
  }
}

/** How many commits that were acknowledged stand in a write-ahead log behind a place that is damaged. */
async function lostCommits(path: string): Promise<number> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return 0;
  try {
    return Math.max(0, (await commitsBehindDamage(file)) - TORN_COMMITS);
  } finally {
    await file.close();
  }
}

async function commitsBehindDamage(file: FileHandle): Promise<number> {
  const header = await bytesAt(file, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) return 0;
  const isBigEndian = (header.readUInt32BE(0) & 1) === 1;
  const pageBytes = header.readUInt32BE(8);
  let sums = sumsOver([0, 0], header.subarray(0, 24), isBigEndian);
  let isWhole = (header.readUInt32BE(0) & ~1) >>> 0 === MAGIC && agrees(sums, header, 24);
  // A page size that is none: how long a frame is cannot be told but from what every database of ours has.
  const frameBytes = FRAME_HEADER_BYTES + (isWhole ? pageBytes : 4_096);
  let salt = isWhole ? header.subarray(16, 24) : undefined;
  let commits = 0;
  for (let place = HEADER_BYTES; ; place += frameBytes * FRAMES_AT_ONCE) {
    const frames = await bytesAt(file, place, frameBytes * FRAMES_AT_ONCE);
    for (let at = 0; at + frameBytes <= frames.length; at += frameBytes) {
      const frame = frames.subarray(at, at + frameBytes);
      salt ??= Buffer.from(frame.subarray(8, 16));
      const isOfLog = salt.equals(frame.subarray(8, 16)); // else of a log that was copied back before
      if (isWhole) {
        const summed = sumsOver(sums, frame.subarray(0, 8), isBigEndian);
        sums = sumsOver(summed, frame.subarray(FRAME_HEADER_BYTES), isBigEndian);
        isWhole = isOfLog && agrees(sums, frame, 16);
      }
      if (!isWhole && isOfLog && frame.readUInt32BE(4) > 0) commits += 1;
    }
    if (frames.length < frameBytes * FRAMES_AT_ONCE) return commits;
  }
}

function sumsOver([first, second]: Sums, bytes: Buffer, isBigEndian: boolean): Sums {
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + b + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at))) >>> 0;
    b = (b + a + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4))) >>> 0;
  }
  return [a, b];
}

function agrees([a, b]: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}

async function bytesAt(file: FileHandle, place: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, place);
  return buffer.subarray(0, bytesRead);
}
