// An application that says what it is: its agents, metadata, events and tools, from the server to the hooks.
import { createPerdureClient } from '@perdure/client';
import { useSession, useSessionEvents } from '@perdure/react';
import { createAgentRuntime, echoAgent, functionAgent } from '@perdure/server';

declare module '@perdure/protocol' {
  interface Register {
    agent: 'writer' | 'reviewer';
    metadata: { team: string };
    events: { 'chart:ready': { url: string } };
    tools: { search: { input: { query: string }; output: string[] } };
  }
}

export const writer = functionAgent((_turn, session) => {
  session.event('chart:ready', { url: '/a.png' });
  // @ts-expect-error there is no such event
  session.event('chart:gone', { url: '/a.png' });
  // @ts-expect-error the url is a text
  session.event('chart:ready', { url: 7 });
  session.toolUse({ name: 'search', input: { query: 'x' } }).result(['found']);
  // @ts-expect-error the input of search is a query
  session.toolUse({ name: 'search', input: { words: 'x' } });
  // @ts-expect-error there is no such tool
  session.toolUse({ name: 'delete', input: {} });
  // @ts-expect-error search finds a list
  session.toolUse({ name: 'search', input: { query: 'x' } }).result('found');
});

export const runtime = createAgentRuntime({ agents: { writer, reviewer: echoAgent() } });
// @ts-expect-error the reviewer is missing
export const halfRuntime = createAgentRuntime({ agents: { writer } });

export async function drive(): Promise<void> {
  const client = createPerdureClient({ url: 'http://127.0.0.1:4600' });
  const { id } = await client.sessions.create({ agent: 'writer', metadata: { team: 'red' } });
  // @ts-expect-error there is no such agent
  await client.sessions.create({ agent: 'painter' });
  // @ts-expect-error the team is a text
  await client.sessions.create({ agent: 'writer', metadata: { team: 7 } });
  for await (const event of client.session(id).events()) {
    if (event.type !== 'app:event' || event.payload.name !== 'chart:ready') continue;
    const url: string = event.payload.data.url;
    // @ts-expect-error it has no colour
    console.log(url, event.payload.data.colour);
  }
}

export function Team({ id }: { id: string }) {
  const { metadata } = useSession(id);
  const team: string | undefined = metadata?.team;
  // @ts-expect-error it has no rank
  console.log(metadata?.rank);
  useSessionEvents(id, {
    onEvent: (event) => {
      if (event.type !== 'app:event') return;
      // @ts-expect-error there is no such event
      if (event.payload.name === 'chart:gone') console.log(event.seq);
    },
  });
  return team;
}
