import {
  type BodyType,
  type ContractTree,
  type Leaf,
  leavesOf,
  type RestRoute,
} from '@perdure/protocol/schemas';

/** A leaf where it stands in REST. */
export interface Route {
  /** Dotted path of the leaf. */
  readonly path: string;
  readonly leaf: Leaf;
  readonly rest: RestRoute;
  readonly segments: readonly Segment[];
}

type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  /** The last segment of a path that may hold slashes. */
  | { readonly kind: 'rest'; readonly name: string };

export interface FoundRoute {
  readonly route: Route;
  /** Names in the path with what stood there. */
  readonly names: Readonly<Record<string, string>>;
}

export type RouteMatch =
  | ({ readonly kind: 'found' } & FoundRoute)
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' };

/** The routes of a contract; one that names its segments goes before one that leaves them open. */
export function restRoutesOf(contract: ContractTree): readonly Route[] {
  const routes: Route[] = [];
  for (const [path, leaf] of leavesOf(contract)) {
    if (leaf.rest !== undefined)
      routes.push({ path, leaf, rest: leaf.rest, segments: segmentsOf(leaf.rest.path) });
  }
  return routes.toSorted((a, b) => openness(a) - openness(b));
}

/** HEAD finds what GET does. */
export function findRoute(routes: readonly Route[], method: string, pathname: string): RouteMatch {
  const parts = pathname.split('/').slice(1).map(decodeURIComponent);
  const wanted = method === 'HEAD' ? 'GET' : method;
  const allow = new Set<string>();
  for (const route of routes) {
    const names = match(route.segments, parts);
    if (names === undefined) continue;
    if (route.rest.method === wanted) return { kind: 'found', route, names };
    allow.add(route.rest.method);
    if (route.rest.method === 'GET') allow.add('HEAD');
  }
  return allow.size === 0 ? { kind: 'unknown' } : { kind: 'wrong-method', allow: [...allow] };
}

/** The media type that the body of a route has. */
export function acceptOf(route: Route): BodyType {
  return route.rest.accept ?? 'application/json';
}

function segmentsOf(template: string): Segment[] {
  return template
    .split('/')
    .slice(1)
    .map((text) => {
      const name = /^\{(\w+)\}$/.exec(text)?.[1];
      if (name === undefined) return { kind: 'text', text };
      return { kind: name === 'path' ? 'rest' : 'name', name };
    });
}

function openness({ segments }: Route): number {
  return segments.filter(({ kind }) => kind !== 'text').length;
}

function match(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const names: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const part = parts[at];
    if (part === undefined || part === '') return undefined;
    switch (segment.kind) {
      case 'text':
        if (segment.text !== part) return undefined;
        break;
      case 'name':
        names[segment.name] = part;
        break;
      case 'rest':
        names[segment.name] = parts.slice(at).join('/');
        return names;
      default:
        segment satisfies never;
    }
  }
  return parts.length === segments.length ? names : undefined;
}
