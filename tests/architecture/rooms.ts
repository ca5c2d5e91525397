// The rooms of packages/server/src and the rules between them. ARCHITECTURE.md explains why they are so.
import { basename } from 'node:path';
import { type ModuleImport, type SourceFile, targetOf } from './source-file.ts';

export const serverSource = 'packages/server/src/';

/** Interfaces that the rooms speak to each other through; each stands beside its adapters. */
const ports = [
  'access/authenticator.ts',
  'access/authorizer.ts',
  'access/limiter.ts',
  'access/limits.ts',
  'environment/execution-environment.ts',
  'host/session-handle.ts',
  'host/session-host.ts',
  'hub/client-hub.ts',
  'hub/follow-source.ts',
  'session/clock.ts',
  'session/digest.ts',
  'session/id-source.ts',
  'session/logger.ts',
  'store/session-store.ts',
];

/** Data that crosses ports. Any room may use it. */
const portData = ['access/principal.ts'];

/** Where the parts are put together, or handed to the outside: these may name what others may not. */
const compositionRoots = ['agent-runtime.ts', 'index.ts', 'environment/ai-sdk/index.ts'];

// A digest is a pure function: only the core has to be given one.
const portNames = [...ports.map((port) => basename(port, '.ts')), 'environment'].filter(
  (name) => name !== 'digest',
);

const isPort = (path: string) => ports.includes(path);
const isOfPorts = (path: string) => isPort(path) || portData.includes(path);
const isProtocol = (specifier: string) => /^@perdure\/protocol(\/|$)/.test(specifier);
const isTesting = (path: string) => path.startsWith('testing/');
const isCompositionRoot = (path: string) => compositionRoots.includes(path) || /^(bin|testing)\//.test(path);
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

/** An adapter is named after its port: `memory-session-store.ts`, `scripted-environment.ts`. */
function portOf(path: string): string | undefined {
  if (isOfPorts(path)) return undefined;
  return portNames.find((port) => basename(path, '.ts').endsWith(`-${port}`));
}

type RoomRule = (from: string, found: ModuleImport, to: string | undefined) => boolean;

/** Files that the rules name; one that is gone would make its rule say less than it seems to. */
export const namedFiles = () => [...ports, ...portData, ...compositionRoots];

/** Each rule says when an import breaks it. Paths are relative to packages/server/src; a package has no `to`. */
export const roomRules: Record<string, RoomRule> = {
  'session/ imports only itself, the ports and the protocol': (from, { specifier }, to) =>
    roomOf(from) === 'session' &&
    !(to === undefined ? isProtocol(specifier) : roomOf(to) === 'session' || isOfPorts(to)),

  'a port imports types of ports and of the protocol, and nothing at run time but the protocol': (
    from,
    found,
    to,
  ) =>
    isOfPorts(from) &&
    !(to === undefined ? isProtocol(found.specifier) : found.kind === 'type' || isOfPorts(to)),

  'an adapter imports no other adapter of its port, and none of another room': (from, { kind }, to) =>
    portOf(from) !== undefined &&
    kind !== 'type' &&
    to !== undefined &&
    portOf(to) !== undefined &&
    (portOf(to) === portOf(from) || roomOf(to) !== roomOf(from)),

  'only a composition root names a class of another room': (from, { kind }, to) =>
    !isCompositionRoot(from) &&
    kind !== 'type' &&
    to !== undefined &&
    portOf(to) !== undefined &&
    roomOf(from) !== roomOf(to),

  'nobody outside testing/ imports testing/': (from, _found, to) =>
    !isTesting(from) && to !== undefined && isTesting(to),
};

export function breachesOf(rule: RoomRule, files: SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((found) => {
        const to = targetOf(file, found);
        return rule(inServer(file.path), found, to && inServer(to));
      })
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
}

const inServer = (path: string) => (path.startsWith(serverSource) ? path.slice(serverSource.length) : path);
