// A program of its own: clients that follow the sessions of a server, cut off and reloaded as its parent says.
// node --conditions=@perdure/source soak-load.ts URL SESSIONS CLIENTS FIRST
import { setTimeout as wait } from 'node:timers/promises';
import { judgeClients } from './judge-clients.ts';
import { SoakClient } from './soak-client.ts';
import type { CheckReport, LoadAnswer, LoadRequest } from './soak-messages.ts';
import { soakSessionId } from './soak-plan.ts';

const [url = '', sessions = '0', count = '0', first = '0'] = process.argv.slice(2);
process.setMaxListeners(0);

const generations = new Map<string, number>();
const violations: string[] = [];
const clients = Array.from({ length: Number(count) }, (_, index) => {
  const sessionId = soakSessionId((Number(first) + index) % Number(sessions));
  return new SoakClient({
    url,
    sessionId,
    transport: index % 2 === 0 ? 'websocket' : 'stream',
    generation: () => generations.get(sessionId) ?? 0,
    onViolation: (what) => violations.push(what),
  });
});
const judge = judgeClients({ url, clients, generation: (id) => generations.get(id) ?? 0 });
for (const client of clients) client.start();

process.on('message', async (request: LoadRequest) => {
  const { id } = request;
  const reply: LoadAnswer = await answer(request).then(
    (report) => ({ id, answer: report ?? null }),
    (error: unknown) => ({ id, error: String(error) }),
  );
  process.send?.(reply, () => {
    if (request.ask === 'end') process.disconnect(); // nothing else keeps it
  });
});

async function answer(request: LoadRequest): Promise<CheckReport | undefined> {
  switch (request.ask) {
    case 'cut':
      for (const client of chosen(request)) client.cut();
      return undefined;
    case 'reload':
      for (const client of chosen(request)) client.reload();
      return undefined;
    case 'renewed':
      generations.set(request.sessionId, (generations.get(request.sessionId) ?? 0) + 1);
      return undefined;
    case 'live':
      while (clients.some(({ record }) => record.last === 0)) await wait(50);
      return undefined;
    case 'check': {
      const { wrong, comparisons } = await judge(request.isEnd);
      const events = clients.reduce((sum, client) => sum + client.count, 0);
      return { violations: [...violations.splice(0), ...wrong], events, comparisons };
    }
    case 'end':
      await Promise.all(clients.map((client) => client.end()));
      return undefined;
  }
}

function chosen({ from, every }: { readonly from: number; readonly every: number }): readonly SoakClient[] {
  return clients.filter((_, index) => index % every === from % every);
}
