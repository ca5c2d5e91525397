import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPerdureClient, type PerdureClient } from '@perdure/client';
import { type AgentRuntime, createAgentRuntime, echoAgent, functionAgent } from '@perdure/server';
import { tapWebSocket } from './tapped-web-socket.ts';

/** A server on a port of its own, an agent that says what the test tells it to, and a client. */
export async function startRealServer() {
  const directory = await mkdtemp(join(tmpdir(), 'perdure-react-'));
  const speech = createSpeech();
  const start = async (port: number) => {
    const runtime = createAgentRuntime({
      store: { type: 'sqlite', directory, durability: 'process' },
      agents: { speaker: speech.agent, echo: echoAgent() },
      logger: 'error',
    });
    const { url } = await runtime.listen({ port });
    return { runtime, url };
  };

  let { runtime, url } = await start(0);
  const tap = tapWebSocket();
  const client: PerdureClient = createPerdureClient({ url, WebSocket: tap.WebSocket });
  return {
    url,
    client,
    tap,
    say: speech.say,
    endTurn: speech.endTurn,
    async restart() {
      await runtime.shutdown({ deadlineMs: 5_000 });
      ({ runtime } = await start(Number(new URL(url).port)));
    },
    async [Symbol.asyncDispose]() {
      client.close();
      speech.endTurn();
      await (runtime as AgentRuntime).shutdown({ deadlineMs: 5_000 });
      await rm(directory, { recursive: true });
    },
  };
}

/** Words on their way to the agent that speaks them; `undefined` ends its turn. */
function createSpeech() {
  const words: (string | undefined)[] = [];
  let wake = () => {};
  const put = (word: string | undefined) => {
    words.push(word);
    wake();
  };
  const agent = functionAgent(async (turn, session) => {
    while (!turn.signal.aborted) {
      while (words.length > 0) {
        const word = words.shift();
        if (word === undefined) return;
        session.text(word);
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        turn.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  });
  return { agent, say: put, endTurn: () => put(undefined) };
}
