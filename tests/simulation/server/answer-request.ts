import { contract, type InputPlaces } from '@perdure/protocol/schemas';
import type { Caller } from '../../../packages/server/src/transport/caller.ts';
import { errorHeaders } from '../../../packages/server/src/transport/error-answers.ts';
import { inputReaderOf, type InputReader } from '../../../packages/server/src/transport/rest-input.ts';
import { findRoute, restRoutesOf, type Route } from '../../../packages/server/src/transport/rest-routes.ts';
import type { RestAnswer, RestRequest } from '../wire/rest-messages.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** Told of what a request asks before it is answered, and of how it was. */
export interface RequestWatch {
  asked(
    server: SimulatedServer,
    path: string,
    input: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): AnswerWatch;
}

export interface AnswerWatch {
  answered(output: unknown, text: string): void;
  refused(error: unknown): void;
}

const routes = restRoutesOf(contract);
const readers = new Map<Route, InputReader>();

function readerOf(route: Route): InputReader {
  const known = readers.get(route) ?? inputReaderOf(route);
  readers.set(route, known);
  return known;
}

/** Answers a request as the REST handler does, with the same routes, guard and handlers. */
export async function answerRequest(
  server: SimulatedServer,
  request: RestRequest,
  caller: Caller,
  watch: RequestWatch,
): Promise<RestAnswer> {
  const [pathname = '', query = ''] = request.target.split('?');
  const match = findRoute(routes, request.method, pathname);
  if (match.kind !== 'found') throw new Error(`No route answers ${request.method} ${pathname}.`);
  const { route, names } = match;
  const { places, readQuery } = readerOf(route);
  const input = inputOf(request, places, names, readQuery(new URLSearchParams(query)));
  const answer = watch.asked(server, route.path, input, caller);
  try {
    const output = await server.call(route.path, input, caller, new AbortController().signal);
    const body = JSON.stringify(output);
    answer.answered(output, body);
    return { status: 200, headers: {}, body };
  } catch (thrown) {
    answer.refused(thrown);
    const error = server.errorOf(thrown, route.path);
    return {
      status: error.status,
      headers: errorHeaders(error),
      body: JSON.stringify({ error: error.toBody() }),
    };
  }
}

function inputOf(
  { body }: RestRequest,
  places: InputPlaces,
  names: Readonly<Record<string, string>>,
  query: Record<string, unknown>,
): Record<string, unknown> {
  const ofPath = Object.fromEntries([...places.path].map(([name, field]) => [field, names[name]]));
  return { ...query, ...(body === null ? {} : (JSON.parse(body) as object)), ...ofPath };
}
