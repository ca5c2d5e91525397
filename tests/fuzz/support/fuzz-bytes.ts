import type { FuzzServer } from './fuzz-server.ts';
import { type Findings, within } from './fuzz-case.ts';
import { judgeCloseCode, judgeHttpAnswer, judgeMessage, readHttpAnswers } from './judge-answers.ts';
import { rawConnection } from './raw-connection.ts';
import { opcodes, readFrames } from './wire-frames.ts';

/** Sends bytes, ends the connection from this side, and judges all that comes back. */
export async function fuzzBytes(server: FuzzServer, bytes: Buffer, findings: Findings): Promise<void> {
  using connection = await rawConnection(server.port);
  await connection.send(bytes);
  await isHeard(server);
  // Whatever was not whole is told so now, and streams end.
  connection.socket.end();
  await within(connection.closed, () => 'an end of the connection');
  findings.note(1, judgeReceived(connection.received()));
}

/** What came over a connection before this request was answered, the server has read. */
async function isHeard({ url }: FuzzServer): Promise<void> {
  const { status } = await fetch(`${url}/v1/hello`);
  if (status !== 200) throw new Error(`Someone else was answered with ${status}.`);
}

/** Throws unless everything that came is an answer that was meant; returns its codes. */
export function judgeReceived(received: Buffer): (string | number | undefined)[] {
  if (received.length === 0) return ['closed'];
  const answers = readHttpAnswers(received);
  const codes: (string | number | undefined)[] = answers.map(judgeHttpAnswer);
  const head = received.indexOf('HTTP/1.1 101 ');
  if (head === -1) return codes;
  const { frames } = readFrames(received.subarray(received.indexOf('\r\n\r\n', head) + 4));
  for (const { opcode, payload } of frames) {
    if (opcode === opcodes.text) codes.push(judgeMessage(payload.toString('utf8')));
    if (opcode === opcodes.close && payload.length >= 2) {
      judgeCloseCode(payload.readUInt16BE(0));
      codes.push(payload.readUInt16BE(0));
    }
  }
  return codes;
}
