// The rooms of packages/server/src and the rules between them. ARCHITECTURE.md explains why they are so.
import { basename } from 'node:path';
import { type ModuleImport, type SourceFile, targetOf } from './source-file.ts';

export const serverSource = 'packages/server/src/';

/** Interfaces that the rooms speak to each other through; each stands beside its adapters. */
const ports = [
  'access/authenticator.ts',
  'environment/execution-environment.ts',
  'host/session-handle.ts',
  'host/session-host.ts',
  'hub/client-hub.ts',
  'policy/policy.ts',
  'session/clock.ts',
  'session/id-source.ts',
  'store/session-store.ts',
];

/** Where the parts are put together, or handed to the outside: these may name what others may not. */
const compositionRoots = ['agent-runtime.ts', 'index.ts', 'environment/ai-sdk/index.ts'];

const adapterSuffixes = [...ports.map((port) => basename(port, '.ts')), 'environment'];

const isPort = (path: string) => ports.includes(path);
const isTesting = (path: string) => path.startsWith('testing/');
const isCompositionRoot = (path: string) => compositionRoots.includes(path) || /^(bin|testing)\//.test(path);
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

/** An adapter is named after its port: `memory-session-store.ts`, `scripted-environment.ts`. */
function isAdapter(path: string): boolean {
  const name = basename(path, '.ts');
  return !isPort(path) && adapterSuffixes.some((suffix) => name.endsWith(`-${suffix}`));
}

type RoomRule = (from: string, found: ModuleImport, to: string | undefined) => boolean;

/** Each rule says when an import breaks it. Paths are relative to packages/server/src; a package has no `to`. */
export const roomRules: Record<string, RoomRule> = {
  'session/ imports only itself, the ports and the protocol': (from, { specifier }, to) =>
    roomOf(from) === 'session' &&
    !(to === undefined ? specifier.startsWith('@perdure/protocol') : roomOf(to) === 'session' || isPort(to)),

  'a port has no code of its own: it imports types, of ports and the protocol only': (
    from,
    { kind, specifier },
    to,
  ) =>
    isPort(from) &&
    !(to === undefined ? specifier.startsWith('@perdure/protocol') : isPort(to) || kind === 'type'),

  'an adapter never imports another adapter': (from, { kind }, to) =>
    isAdapter(from) && kind !== 'type' && to !== undefined && isAdapter(to),

  'only a composition root names a class of another room': (from, { kind }, to) =>
    !isCompositionRoot(from) &&
    kind !== 'type' &&
    to !== undefined &&
    isAdapter(to) &&
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
