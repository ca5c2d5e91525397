import { createPerdureClient, isPerdureError, type SessionState } from '@perdure/client';

declare module '@perdure/client' {
  interface Register {
    agent: 'writer' | 'reviewer';
    metadata: { team: string };
    events: { 'chart:ready': { url: string } };
  }
}

const client = createPerdureClient({ url: 'https://x.dev/agents', token: () => 'secret' });
const session = client.session('s1');

export async function right(): Promise<SessionState> {
  await client.sessions.create({ agent: 'writer', metadata: { team: 'blue' } });
  await session.submit('hello', { ifAgent: 'reviewer', delivery: 'steer' });
  for await (const event of session.events()) {
    if (event.type === 'block:delta') event.payload.delta.toUpperCase();
    if (event.type === 'app:event' && event.payload.name === 'chart:ready') event.payload.data.url.trim();
  }
  session.onEvent((event) => {
    if (event.type === 'status:changed') event.payload.runtime.activity satisfies string;
  });
  try {
    return await session.load();
  } catch (error) {
    if (isPerdureError(error, 'session-not-found')) error.code satisfies 'session-not-found';
    throw error;
  }
}

export async function wrong(): Promise<void> {
  // @ts-expect-error: no such agent
  await client.sessions.create({ agent: 'painter' });
  // @ts-expect-error: metadata has a team
  await client.sessions.create({ metadata: { group: 'blue' } });
  // @ts-expect-error: no such agent
  await session.submit('hello', { ifAgent: 'painter' });
  // @ts-expect-error: no such delivery
  await session.submit('hello', { delivery: 'later' });
  for await (const event of session.events()) {
    // @ts-expect-error: no such event
    if (event.type === 'block:delt') return;
    // @ts-expect-error: no such field
    if (event.type === 'block:delta') event.payload.text;
    // @ts-expect-error: status:changed is no event of the log
    if (event.type === 'status:changed') return;
    // @ts-expect-error: no such event of the application
    if (event.type === 'app:event' && event.payload.name === 'chart:done') return;
  }
  // @ts-expect-error: no such code
  isPerdureError(new Error(), 'session-lost');
  // @ts-expect-error: it is `activity`
  session.getSnapshot().state?.status;
}
