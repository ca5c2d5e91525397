// A program of its own: readers of one session that take everything at once and tell how late it came.
// node --conditions=@perdure/source healthy-readers.ts '<ReadersPlan as JSON>'
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { followCall } from '../../e2e/support/trpc-socket.ts';
import { tellReports } from './reporting-process.ts';
import type { ReadersPlan, ReadersReport } from './start-healthy-readers.ts';
import { sharedClockUs } from './talking-agent.ts';

const { url, token, sessionId, count, wire } = JSON.parse(process.argv[2] ?? '{}') as ReadersPlan;
const authorization = `Bearer ${token}`;

let latenessUs: number[] = [];

/** Notes when each line in a text was said; returns what may be the beginning of another. */
function note(text: string): string {
  const nowUs = sharedClockUs();
  let end = 0;
  for (const match of text.matchAll(/"saidAtUs":(\d+),/g)) {
    latenessUs.push(nowUs - Number(match[1]));
    end = match.index + match[0].length;
  }
  return text.slice(Math.max(end, text.length - 64));
}

async function followBySocket(): Promise<void> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/trpc`, { headers: { authorization } });
  await once(ws, 'open');
  ws.send(JSON.stringify(followCall(1, { sessionId, from: 'now' })));
  await once(ws, 'message');
  ws.on('message', (data) => {
    const text = String(data);
    if (text === 'PING') ws.send('PONG');
    else note(text);
  });
  ws.on('close', (code) => {
    throw new Error(`A healthy reader was closed with ${code}.`);
  });
}

async function followByStream(): Promise<void> {
  const headers = { accept: 'text/event-stream', authorization };
  const request = get(`${url}/v1/sessions/${sessionId}/events?from=now`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`A healthy reader was answered ${response.statusCode}.`);
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    rest = note(rest + text);
  });
  response.on('close', () => {
    throw new Error('A healthy reader was ended.');
  });
}

for (let reader = 0; reader < count; reader += 1) {
  await (wire === 'stream' ? followByStream() : followBySocket());
}

function report(): ReadersReport {
  const sorted = latenessUs.sort((a, b) => a - b);
  latenessUs = [];
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0) / 1_000;
  return { heard: sorted.length, medianMs: at(0.5), p99Ms: at(0.99) };
}

tellReports({}, report);
