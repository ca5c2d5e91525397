import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CheckReport, LoadAnswer, LoadRequest } from './soak-messages.ts';

const program = fileURLToPath(new URL('./soak-load.ts', import.meta.url));

type Ask = LoadRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'id'>
    : never
  : never;

/** A process with clients in it. */
export interface LoadProcess extends AsyncDisposable {
  ask(request: Ask): Promise<CheckReport | null>;
  /** Resolves when every client has left. */
  end(): Promise<void>;
}

export interface LoadPlan {
  readonly url: string;
  readonly sessions: number;
  readonly clients: number;
  /** Of the sessions, the one that the first client follows. */
  readonly first: number;
}

export function startLoad({ url, sessions, clients, first }: LoadPlan): LoadProcess {
  const child = fork(program, [url, String(sessions), String(clients), String(first)], {
    execArgv: ['--conditions=@perdure/source'],
  });
  const waiting = new Map<number, PromiseWithResolvers<CheckReport | null>>();
  const exited = once(child, 'exit').then(([code]) => {
    for (const { reject } of waiting.values())
      reject(new Error(`The process with the clients ended (${code}).`));
  });
  child.on('message', (answer: LoadAnswer) => {
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asker?.reject(new Error(answer.error));
    else asker?.resolve(answer.answer);
  });
  let lastId = 0;
  const ask = (request: Ask): Promise<CheckReport | null> => {
    lastId += 1;
    const asker = Promise.withResolvers<CheckReport | null>();
    waiting.set(lastId, asker);
    child.send({ ...request, id: lastId });
    return asker.promise;
  };
  return {
    ask,
    end: async () => {
      await ask({ ask: 'end' });
      await exited;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
