import * as server from '@perdure/server';

/** The contract's procedures that the server still answers with not-implemented, as it names them itself. */
export async function plannedLeaves(): Promise<readonly string[]> {
  const named: unknown = Reflect.get(server, 'plannedLeaves');
  return Array.isArray(named) ? named.map(String) : [];
}
