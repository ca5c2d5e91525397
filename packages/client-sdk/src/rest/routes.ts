/** Where the commands of the client stand in REST. `{id}` is `sessionId`; the other names are fields of the input. */
export const routes = {
  'meta.hello': 'GET /v1/hello',
  'sessions.create': 'POST /v1/sessions',
  'sessions.list': 'GET /v1/sessions',
  'sessions.update': 'PATCH /v1/sessions/{id}',
  'sessions.delete': 'DELETE /v1/sessions/{id}',
  'sessions.submit': 'POST /v1/sessions/{id}/messages',
  'sessions.queue.update': 'PATCH /v1/sessions/{id}/queue/{messageId}',
  'sessions.queue.remove': 'DELETE /v1/sessions/{id}/queue/{messageId}',
  'sessions.queue.promote': 'POST /v1/sessions/{id}/queue/{messageId}/promote',
  'sessions.queue.hold': 'POST /v1/sessions/{id}/queue/hold',
  'sessions.queue.release': 'POST /v1/sessions/{id}/queue/release',
  'sessions.interrupt': 'POST /v1/sessions/{id}/interrupt',
  'sessions.runs': 'GET /v1/sessions/{id}/runs',
  'sessions.run': 'GET /v1/sessions/{id}/runs/{runId}',
  'sessions.blocks': 'GET /v1/sessions/{id}/blocks',
  'sessions.events': 'GET /v1/sessions/{id}/events',
} as const satisfies Record<string, `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /v1/${string}`>;

export type RouteName = keyof typeof routes;

export interface RouteRequest {
  readonly method: string;
  /** Path and query, after the base. */
  readonly target: string;
  readonly body: string | undefined;
}

/** Puts the fields of an input where the route has them: into the path, and the others into the body or the query. */
export function requestOf(name: RouteName, input: object): RouteRequest {
  const [method = 'GET', path = ''] = routes[name].split(' ');
  const fields = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined));
  const filled = path.replace(/\{(\w+)\}/g, (_, hole: string) => {
    const field = hole === 'id' ? 'sessionId' : hole;
    const value = String(fields.get(field));
    fields.delete(field);
    return encodeURIComponent(value);
  });
  if (method === 'GET' || method === 'DELETE')
    return { method, target: filled + queryOf(fields), body: undefined };
  return { method, target: filled, body: JSON.stringify(Object.fromEntries(fields)) };
}

/** Lists are repeated names, and a record's fields are `name.field`. */
export function queryOf(fields: Iterable<readonly [string, unknown]>): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    if (Array.isArray(value)) for (const item of value) query.append(name, String(item));
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) query.append(`${name}.${key}`, String(item));
    else if (value !== undefined) query.append(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
