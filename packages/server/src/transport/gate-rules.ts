import type { GateRules } from './admit-request.ts';
import { acceptOf, findRoute, type Route } from './rest-routes.ts';

export interface GateRuleParts {
  readonly basePath: string;
  readonly routes: readonly Route[];
  readonly targetBytes: number;
  readonly publicUrl: URL | undefined;
  readonly origins: readonly string[];
  readonly hasPages: boolean;
  boundHost(): string | undefined;
}

export interface OwnPaths extends GateRules {
  /** Whether a path is one of ours, so that it is not handed on to whoever embeds us. */
  isOurs(pathname: string): boolean;
}

/** First parts of the paths that are not pages. */
const apiNames = new Set(['trpc', 'v1', 'healthz', 'readyz']);

export function gateRulesOf(parts: GateRuleParts): OwnPaths {
  const { basePath, routes } = parts;
  const below = (pathname: string) =>
    pathname === basePath || pathname.startsWith(`${basePath}/`)
      ? pathname.slice(basePath.length)
      : undefined;
  const isApi = (path: string) => apiNames.has(path.split('/')[1] ?? '');
  return {
    targetBytes: parts.targetBytes,
    publicUrl: parts.publicUrl,
    origins: new Set(parts.origins),
    get boundHost() {
      return parts.boundHost();
    },
    isPage(pathname) {
      const path = below(pathname);
      return parts.hasPages && path !== undefined && !isApi(path);
    },
    acceptOf(method, pathname) {
      const path = below(pathname);
      if (path === undefined) return undefined;
      if (path.startsWith('/trpc')) return 'application/json';
      const match = findRoute(routes, method, path);
      return match.kind === 'found' ? acceptOf(match.route) : undefined;
    },
    isOurs(pathname) {
      const path = below(pathname);
      return path !== undefined && (parts.hasPages || isApi(path));
    },
  };
}
