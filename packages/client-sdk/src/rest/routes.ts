/**
 * A route of the contract as method and path; a test holds all that are written in the source against it. `{id}` is
 * `sessionId`; the other names are fields of the input.
 */
export type Route = `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /v1/${string}`;

export interface RouteRequest {
  readonly method: string;
  /** Path and query, after the base. */
  readonly target: string;
  readonly body: string | null;
}

/** Puts the fields of an input where the route has them: into the path, and the others into the body or the query. */
export function requestOf(route: Route, input: object): RouteRequest {
  const [method = 'GET', path = ''] = route.split(' ');
  const fields: Record<string, unknown> = { ...input };
  const filled = path.replace(/\{(\w+)\}/g, (_, hole: string) => {
    const field = hole === 'id' ? 'sessionId' : hole;
    const value = fields[field];
    fields[field] = undefined;
    return encodeURIComponent(String(value));
  });
  if (method === 'GET' || method === 'DELETE')
    return { method, target: filled + queryOf(fields), body: null };
  return { method, target: filled, body: JSON.stringify(fields) };
}

/** Lists are repeated names, and a record's fields are `name.field`. */
export function queryOf(fields: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (Array.isArray(value)) for (const item of value) query.append(name, String(item));
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) query.append(`${name}.${key}`, String(item));
    else if (value !== undefined) query.append(name, String(value));
  }
  const text = String(query);
  return text && `?${text}`;
}
