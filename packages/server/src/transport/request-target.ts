/** Only the path and query of the parsed target mean something; the host is never taken from it. */
const ANY_HOST = 'http://perdure.invalid';

/** Names by which people put credentials into queries. */
const credentialNames = new Set([
  'token',
  'access_token',
  'auth_token',
  'id_token',
  'api_key',
  'apikey',
  'authorization',
  'bearer',
  'credential',
  'credentials',
  'password',
]);

/** Takes a raw request target apart; `undefined` when it is not one path that starts with a single slash. */
export function parseTarget(target: string): URL | undefined {
  // A backslash is a slash to the URL parser, so `/\host` would be `//host`. Blanks and controls never stand in a target.
  if (!/^\/(?![/\\])[^\s\\#]*$/.test(target)) return undefined;
  try {
    const url = new URL(target, ANY_HOST);
    decodeURIComponent(url.pathname);
    return url.origin === ANY_HOST ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a query carries a credential, under its own name or inside tRPC's connectionParams. */
export function hasCredential(url: URL): boolean {
  for (const [name, value] of url.searchParams) {
    if (credentialNames.has(name.toLowerCase())) return true;
    // `connectionParams=1` only announces them; tRPC's SSE client puts them into the URL whole.
    if (name === 'connectionParams' && value !== '1' && namesCredential(value)) return true;
  }
  return false;
}

function namesCredential(text: string): boolean {
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params !== 'object' || params === null) return false;
    return Object.keys(params).some((name) => credentialNames.has(name.toLowerCase()));
  } catch {
    return false;
  }
}
