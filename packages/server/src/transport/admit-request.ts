import type { BodyType } from '@perdure/protocol/schemas';
import { PerdureError, type WireErrorCode } from '@perdure/protocol';
import { hasCredential, parseTarget } from './request-target.ts';

// The gate: what every request and upgrade passes before routing, body and authentication.
//
// R1. The target is one path that starts with a single slash, parses, is short, and carries no credential.
// R2. There is exactly one Host, and it is ours. A page on a name that was rebound to this machine sends its own name, and
//     its same-origin GET carries no Origin: only the Host gives it away. Host is never compared with Origin.
// R3. An Origin is exactly ours or one that was named. `null` is never one of them.
// R4. Without an Origin, a browser that says "from another site" is refused, but for a person who follows a link to a page.
// R5. A body has the media type of its route.
// R6. A refusal says which option or flag would allow it.

/** What of a request decides whether it gets in. Each header as all the lines it came in. */
export interface RequestFacts {
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly secFetchSites: readonly string[];
  readonly secFetchMode: string | undefined;
  readonly contentTypes: readonly string[];
  readonly hasBody: boolean;
  /** The port it came in by; `undefined` where the platform does not tell. */
  readonly port: number | undefined;
  readonly isEncrypted: boolean;
  /** The client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
}

export interface GateRules {
  readonly targetBytes: number;
  /** An address that the server is bound to beside loopback, if it is a single one. */
  readonly boundHost: string | undefined;
  readonly publicUrl: URL | undefined;
  readonly origins: ReadonlySet<string>;
  /** Whether a person may be led to the path by a link from elsewhere. */
  isPage(pathname: string): boolean;
  /** The media type of the route's body; `undefined` where there is no such route. */
  acceptOf(method: string, pathname: string): BodyType | undefined;
}

export type GateRule = 'target' | 'host' | 'origin' | 'site' | 'body';

export type Admission =
  | { readonly isAdmitted: true; readonly url: URL }
  | {
      readonly isAdmitted: false;
      readonly rule: GateRule;
      readonly code: WireErrorCode;
      readonly message: string;
    };

type Refusal = Extract<Admission, { isAdmitted: false }>;

export function admitRequest(facts: RequestFacts, rules: GateRules): Admission {
  const url = admitTarget(facts.target, rules.targetBytes);
  if (!(url instanceof URL)) return url;
  return (
    refuseHost(facts, rules) ??
    refuseOrigin(facts, rules) ??
    refuseSite(facts, rules, url.pathname) ??
    refuseBody(facts, rules, url.pathname) ?? { isAdmitted: true, url }
  );
}

function admitTarget(target: string, maxBytes: number): URL | Refusal {
  if (Buffer.byteLength(target) > maxBytes) {
    return refuse(
      'target',
      'target-too-long',
      `The request target is longer than ${maxBytes} bytes (limits.targetBytes).`,
    );
  }
  const url = parseTarget(target);
  if (url === undefined) {
    return refuse(
      'target',
      'invalid-target',
      'The request target must be one path that starts with a single slash.',
    );
  }
  return hasCredential(url)
    ? refuse(
        'target',
        'credential-in-url',
        'A credential stands in the URL, where logs and histories keep it. Send it as "Authorization: Bearer", or in the connectionParams of a WebSocket.',
      )
    : url;
}

function refuseHost(facts: RequestFacts, rules: GateRules): Refusal | undefined {
  const [host, second] = facts.hosts;
  if (host === undefined || second !== undefined) {
    return refuse('host', 'unknown-host', 'A request needs exactly one Host header.');
  }
  const given = host.toLowerCase();
  if (rules.publicUrl?.host === given || ownHosts(facts, rules).includes(given)) return undefined;
  return refuse(
    'host',
    'unknown-host',
    `This server does not answer for the host "${shorten(host)}". If people reach it by that name, start it with --public-url (publicUrl).`,
  );
}

function refuseOrigin(facts: RequestFacts, rules: GateRules): Refusal | undefined {
  if (facts.origins.length === 0) return undefined;
  const [origin = '', second] = facts.origins;
  const isOurs = () => ownHosts(facts, rules).some((host) => origin === `${schemeOf(facts)}://${host}`);
  const isAllowed = origin === rules.publicUrl?.origin || rules.origins.has(origin) || isOurs();
  if (second === undefined && origin !== 'null' && isAllowed) return undefined;
  return refuse(
    'origin',
    'origin-refused',
    `Pages of the origin "${shorten(origin)}" may not use this server. To allow it, start the server with --origin (origins).`,
  );
}

function refuseSite(facts: RequestFacts, rules: GateRules, pathname: string): Refusal | undefined {
  if (facts.origins.length > 0) return undefined;
  if (facts.secFetchSites.every((site) => site === 'same-origin' || site === 'none')) return undefined;
  const isLink = facts.method === 'GET' && facts.secFetchMode === 'navigate';
  if (isLink && rules.isPage(pathname)) return undefined;
  return refuse(
    'site',
    'cross-site-refused',
    'The browser says that another site asked, and names no origin. To let a site in, start the server with --origin (origins) and use fetch.',
  );
}

function refuseBody(facts: RequestFacts, rules: GateRules, pathname: string): Refusal | undefined {
  if (!facts.hasBody) return undefined;
  const accept = rules.acceptOf(facts.method, pathname);
  if (accept === undefined) return undefined;
  const [given = '', second] = facts.contentTypes;
  if (second === undefined && mediaTypeOf(given) === accept) return undefined;
  return refuse('body', 'unsupported-media-type', `The body of this route must be sent as ${accept}.`);
}

/** Our names with our port. The port of a Host that has been checked stands in where the platform does not tell ours. */
function ownHosts(facts: RequestFacts, rules: GateRules): readonly string[] {
  const defaultPort = facts.isEncrypted ? 443 : 80;
  const port = facts.port ?? portOf(facts.hosts[0] ?? '') ?? defaultPort;
  const names = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    ...(rules.boundHost === undefined ? [] : [rules.boundHost]),
  ];
  const withPort = names.map((name) => `${name}:${port}`);
  return port === defaultPort ? [...withPort, ...names] : withPort;
}

function portOf(host: string): number | undefined {
  const digits = /:(\d{1,5})$/.exec(host)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function schemeOf({ isEncrypted }: RequestFacts): string {
  return isEncrypted ? 'https' : 'http';
}

/** The media type without parameters; `undefined` when it asks for another encoding than UTF-8. */
function mediaTypeOf(contentType: string): string | undefined {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset) ? type.trim() : undefined;
}

/** What a stranger sent is repeated only as far as it helps. */
function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function refuse(rule: GateRule, code: WireErrorCode, message: string): Refusal {
  return { isAdmitted: false, rule, code, message };
}

/** A refusal as the error that answers the request. */
export function admissionError({ code, message }: Refusal): PerdureError {
  return new PerdureError(code, message);
}
