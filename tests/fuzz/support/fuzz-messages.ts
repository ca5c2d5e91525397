import { trpcSocket, type TrpcSocket } from '../../e2e/support/trpc-socket.ts';
import { type Findings, within } from './fuzz-case.ts';
import type { FuzzServer } from './fuzz-server.ts';
import { judgeCloseCode, judgeMessage } from './judge-answers.ts';

const token = { headers: { authorization: 'Bearer fuzzer' } };

/** Sends texts over one WebSocket and waits until each that is a call was answered, or the socket was closed for one of them. */
export async function fuzzMessages(
  server: FuzzServer,
  texts: readonly string[],
  findings: Findings,
): Promise<void> {
  using socket = await trpcSocket(server.url, token);
  // As they go over the wire: half a surrogate pair has no UTF-8.
  const sent = texts.map((text) => text.toWellFormed());
  for (const text of sent) socket.ws.send(text);
  socket.send({ id: 'last', method: 'query', params: { path: 'meta.hello', input: {} } });
  const awaited = new Set<unknown>(['last', ...sent.flatMap(callIdsIn)]);
  const outcome = await within(allAnswered(socket, awaited), () => {
    const [first] = awaited;
    const text = sent.find((text) => callIdsIn(text).includes(first as number));
    return `an answer to ${text?.slice(0, 2_000)}`;
  });
  const codes: (string | number | undefined)[] = socket.messages.map(({ text }) => judgeMessage(text));
  if (outcome === 'closed') {
    const { code } = await socket.closed;
    judgeCloseCode(code);
    codes.push(code);
  }
  findings.note(texts.length, codes);
}

/** Resolves when each call was answered, or when no more answers come. */
async function allAnswered(socket: TrpcSocket, awaited: Set<unknown>): Promise<'answered' | 'closed'> {
  let seen = 0;
  const isAnswered = socket.until((messages) => {
    for (const { id } of messages.slice(seen)) awaited.delete(id);
    seen = messages.length;
    return awaited.size === 0;
  });
  return isAnswered.then(
    () => 'answered' as const,
    () => 'closed' as const,
  );
}

/** Ids of what any server of tRPC would take for a call. */
function callIdsIn(text: string): (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(parsed) ? parsed : [parsed]).flatMap((call) => {
    if (typeof call !== 'object' || call === null) return [];
    const { id, method } = call as { id?: unknown; method?: unknown };
    const isCall = method === 'query' || method === 'mutation' || method === 'subscription';
    const isId = (typeof id === 'string' && id.length <= 128) || Number.isFinite(id);
    return isCall && isId ? [id as string | number] : [];
  });
}
