import type { KnownPrincipal } from '@perdure/server';

const people: Readonly<Record<string, KnownPrincipal>> = {
  fuzzer: { id: 'fuzzer', tenantId: 'fuzz' },
  reader: { id: 'reader', tenantId: 'fuzz', scopes: ['session:read', 'session:list'] },
  control: { id: 'control', tenantId: 'control' },
};

/** Everyone is known by a credential that is their name. */
export function authenticate({
  credential = '',
}: {
  readonly credential?: string | undefined;
}): KnownPrincipal | null {
  return (Object.hasOwn(people, credential) ? people[credential] : undefined) ?? null;
}
