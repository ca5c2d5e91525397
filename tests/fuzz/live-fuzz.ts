import { randomUUID } from 'node:crypto';
import { ask } from '../e2e/support/running-server.ts';
import { foundInputs } from './found-inputs.ts';
import { type SeededRandom, seededRandom } from '../support/seeded-random.ts';
import {
  type ContractCall,
  contractCalls,
  type KnownValues,
  restRequest,
  rpcMessage,
  rpcRequest,
} from './support/contract-calls.ts';
import { startControlClient } from './support/control-client.ts';
import { Findings, inCase, inLanes } from './support/fuzz-case.ts';
import { fuzzBytes } from './support/fuzz-bytes.ts';
import { fuzzMessages } from './support/fuzz-messages.ts';
import { fuzzRequest, type TextRequest } from './support/fuzz-requests.ts';
import { type FuzzServer, startFuzzServer } from './support/fuzz-server.ts';
import { httpShapes, mutatedRequest, randomBytes } from './support/http-shapes.ts';
import { damaged, mutatedText, nearlyRight } from './support/mutate-json.ts';
import { randomFrames, socketShapes } from './support/socket-shapes.ts';

export interface LiveFuzzPlan {
  readonly seed: number;
  /** tRPC messages over WebSocket. */
  readonly messages: number;
  /** Requests to REST and to tRPC over HTTP. */
  readonly requests: number;
  /** Connections with bytes that may be no HTTP and no WebSocket at all. */
  readonly connections: number;
}

export interface LiveFuzzOutcome {
  readonly cases: number;
  /** Codes that were answered. */
  readonly codes: readonly string[];
  /** By how much the server's memory has grown. */
  readonly grownBytes: number;
  /** What someone heard who did nothing wrong meanwhile. */
  readonly events: number;
}

/** Messages that go over one socket before it is left. */
const MESSAGES_A_SOCKET = 25;
/** Cases between two looks at the process. */
const CASES_A_LOOK = 500;

/** So much of a plan goes before the memory is looked at: a process takes more of it while it warms up. */
const WARM_UP = 0.1;

/** Sends a real server everything that is wrong, and throws at the first sign that it minds. */
export async function fuzzLiveServer(plan: LiveFuzzPlan): Promise<LiveFuzzOutcome> {
  await using server = await startFuzzServer();
  const control = await startControlClient(server.url, 'control');
  const findings = new Findings();
  for (const shapes of [httpShapes(server.port), socketShapes(server.port), foundInputs(server.port)]) {
    await inLanes(6, shapes, ({ name, bytes }) => {
      const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      return inCase(name, sent, () => fuzzBytes(server, sent, findings));
    });
  }
  await fuzzByChance(server, plan, WARM_UP, findings);
  const before = await server.inspect();
  await control.moves();
  await fuzzByChance(server, plan, 1 - WARM_UP, findings);
  await control.moves();
  const after = await server.inspect();
  const { events } = await control.finish();
  return {
    cases: findings.cases,
    codes: findings.codes,
    grownBytes: after.rss - before.rss,
    events,
  };
}

/** Does a part of what is planned. */
async function fuzzByChance(
  server: FuzzServer,
  { seed, connections, messages, requests }: LiveFuzzPlan,
  share: number,
  findings: Findings,
): Promise<void> {
  const chance = (name: string) => seededRandom(seed, `${share} ${name}`);
  const run = (name: string) => `seed ${seed}, ${share} of the plan, ${name}`;
  await inLooks(server, Math.ceil(connections * share), async (from, count) => {
    const random = chance(`bytes ${from}`);
    await inLanes(6, rawCases(server.port, random, count), (bytes) =>
      inCase(run(`bytes from ${from}`), bytes, () => fuzzBytes(server, bytes, findings)),
    );
  });
  const calls = contractCalls(chance('calls'));
  await inLooks(server, Math.ceil(messages * share), async (from, count, known) => {
    const cases = messageCases(() => calls.next(known), chance(`messages ${from}`), count);
    await inLanes(4, cases, (texts) =>
      inCase(run(`messages from ${from}`), texts.join('\n'), () => fuzzMessages(server, texts, findings)),
    );
  });
  await inLooks(server, Math.ceil(requests * share), async (from, count, known) => {
    const cases = requestCases(() => calls.next(known), chance(`requests ${from}`), count);
    await inLanes(6, cases, (sent) =>
      inCase(run(`requests from ${from}`), JSON.stringify(sent), () => fuzzRequest(server, sent, findings)),
    );
  });
}

/** Does so many cases, and looks at the server in between. */
async function inLooks(
  server: FuzzServer,
  cases: number,
  run: (from: number, count: number, known: KnownValues) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < cases; from += CASES_A_LOOK) {
    const known = await prepareTarget(server);
    await run(from, Math.min(CASES_A_LOOK, cases - from), known);
    await ask(`${server.url}/v1/sessions/${known['sessionId']}`, 'DELETE', { token: 'fuzzer' });
    await server.inspect();
  }
}

/** Sees to it that there is a session with a run, a message that waits, and places in its log: what most calls are about. */
async function prepareTarget({ url }: FuzzServer): Promise<KnownValues> {
  const token = 'fuzzer';
  const post = async (path: string, body: object) => {
    const answer = await ask(`${url}/v1/sessions${path}`, 'POST', { token, body });
    if (answer.status >= 300) throw new Error(`The target cannot be made: ${answer.text}`);
    return answer.body;
  };
  const sessionId = `target-${randomUUID()}`;
  await post('', { id: sessionId, agent: 'idle' });
  // Its run has ended, so that nobody waits for the end of it.
  const { runId } = await post(`/${sessionId}/messages`, { content: 'hello' });
  await post(`/${sessionId}/interrupt`, { runId });
  await post(`/${sessionId}/messages`, { content: 'now' });
  await post(`/${sessionId}/messages`, { content: 'later' });
  const { body: snapshot } = await ask(`${url}/v1/sessions/${sessionId}`, 'GET', { token });
  const { body: page } = await ask(`${url}/v1/sessions?limit=1`, 'GET', { token });
  const [{ messageId }] = snapshot.state.queue.slice(-1);
  const { cursor } = snapshot;
  return {
    sessionId,
    runId,
    messageId,
    lastEventId: cursor,
    after: cursor,
    cursor: page.nextCursor ?? cursor,
    agent: 'echo',
  };
}

function* rawCases(port: number, random: SeededRandom, count: number): Generator<Buffer> {
  for (let made = 0; made < count; made += 1) {
    const drawn = random.next();
    if (drawn < 0.1) yield randomBytes(random);
    else if (drawn < 0.6) yield mutatedRequest(port, random);
    else yield randomFrames(port, random);
  }
}

function* messageCases(next: () => ContractCall, random: SeededRandom, count: number): Generator<string[]> {
  for (let made = 0; made < count; made += MESSAGES_A_SOCKET) {
    yield Array.from({ length: Math.min(MESSAGES_A_SOCKET, count - made) }, (_, at) => {
      const message = rpcMessage(next(), at);
      // One in ten is right: it shows that what is around it does no harm.
      return random.chance(0.1) ? JSON.stringify(message) : mutatedText(message, random);
    });
  }
}

function* requestCases(
  next: () => ContractCall,
  random: SeededRandom,
  count: number,
): Generator<TextRequest> {
  for (let made = 0; made < count; made += 1) {
    const call = next();
    const request = (random.chance(0.7) ? restRequest(call) : undefined) ?? rpcRequest(call);
    const { method, body } = request;
    yield {
      method,
      target: random.chance(0.5) ? request.target : damagedTarget(request.target, random),
      headers: random.chance(0.2) ? wrongHeaders(random) : {},
      body: body === undefined ? undefined : mutatedText(body, random),
    };
  }
}

/** Node's client sends no target with blanks, controls or anything but ASCII. */
function damagedTarget(target: string, random: SeededRandom): string {
  const parts = target.split(/(?<=[/?&=])/);
  const at = random.below(parts.length);
  parts[at] = random.chance(0.5)
    ? encodeURIComponent(random.pick(nearlyRight))
    : damaged(parts[at] ?? '', random);
  const ascii = parts.join('').replaceAll(/[^\x21-\x7e]/g, '%ED%A0%80');
  return ascii.startsWith('/') ? ascii : `/${ascii}`;
}

function wrongHeaders(random: SeededRandom): Record<string, string> {
  return random.pick<Record<string, string>>([
    { accept: 'text/event-stream' },
    { accept: 'text/event-stream', 'last-event-id': random.pick(nearlyRight) },
    { accept: 'text/event-stream,,,;q=0' },
    { 'idempotency-key': 'x'.repeat(129) },
    { 'idempotency-key': '__proto__' },
    { 'perdure-protocol': random.pick(['0', '99', '1.0', '__proto__']) },
    { 'trpc-accept': 'application/jsonl' },
    { authorization: 'Bearer reader' },
    { authorization: 'Basic Zm9vOmJhcg==' },
    { authorization: 'Bearer   ' },
    { 'content-encoding': 'gzip' },
    { 'x-trpc-source': 'fuzz', 'x-http-method-override': 'DELETE' },
  ]);
}
