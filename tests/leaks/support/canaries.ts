import { type Canary, canary } from './canary.ts';

const names = [
  // Credentials: of the one who owns a session, over HTTP and over a socket, of somebody else, and such as are good for nothing.
  'ownerToken',
  'socketToken',
  'otherToken',
  'brokenToken',
  'wrongToken',
  'queryToken',
  'cookie',
  'keyHeader',
  // What the process was given.
  'staticToken',
  'providerKey',
  'databasePassword',
  'secretPath',
  // What the owner says.
  'prompt',
  'title',
  'metadata',
  // What somebody sends who is nobody.
  'garbage',
] as const;

export type CanaryName = (typeof names)[number];
export type Canaries = Readonly<Record<CanaryName, Canary>>;

export function newCanaries(): Canaries {
  return Object.fromEntries(names.map((name) => [name, canary(name)])) as Canaries;
}

/** The environment of a server that has them. */
export function environmentOf(canaries: Canaries): Record<string, string> {
  return {
    // Under a name that says nothing: what is hidden because of its name is the key.
    VISITORS: JSON.stringify(
      (['ownerToken', 'socketToken', 'otherToken', 'brokenToken'] as const).map(
        (name) => canaries[name].value,
      ),
    ),
    PROVIDER_API_KEY: canaries.providerKey.value,
    DATABASE_URL: `postgres://me:${encodeURIComponent(canaries.databasePassword.value)}@127.0.0.1:1/x`,
    ODD_PLACE: `/${canaries.secretPath.core}`,
  };
}
