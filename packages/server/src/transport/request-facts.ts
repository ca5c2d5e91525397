import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from './admit-request.ts';

/**
 * The facts of a request of Node's own server, from the raw headers: `headers` folds two Host lines into one and hides
 * what the gate must see. A framework that mounts us keeps the whole target in `originalUrl`.
 */
export function factsOfNodeRequest(request: IncomingMessage): RequestFacts {
  const lines = (name: string) => rawLines(request.rawHeaders, name);
  return {
    method: request.method ?? 'GET',
    target: targetOf(request),
    hosts: lines('host'),
    origins: lines('origin'),
    secFetchSites: lines('sec-fetch-site'),
    secFetchMode: lines('sec-fetch-mode')[0],
    contentTypes: lines('content-type'),
    hasBody: lines('transfer-encoding').length > 0 || lines('content-length').some((value) => value !== '0'),
    port: request.socket.localPort,
    isEncrypted: 'encrypted' in request.socket && request.socket.encrypted === true,
    expectsContinue: lines('expect').some((value) => value.toLowerCase() === '100-continue'),
  };
}

/** The whole target, however deep a framework mounted us. */
export function targetOf(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '';
}

/** The facts of a web-standard request. Its platform has parsed the target already, and tells no port. */
export function factsOfRequest(request: Request): RequestFacts {
  const url = new URL(request.url);
  const lines = (name: string) => {
    const value = request.headers.get(name);
    return value === null ? [] : [value];
  };
  const hosts = lines('host');
  return {
    method: request.method,
    target: `${url.pathname}${url.search}`,
    hosts: hosts.length === 0 ? [url.host] : hosts,
    origins: lines('origin'),
    secFetchSites: lines('sec-fetch-site'),
    secFetchMode: lines('sec-fetch-mode')[0],
    contentTypes: lines('content-type'),
    hasBody: request.body !== null,
    port: undefined,
    isEncrypted: url.protocol === 'https:',
    expectsContinue: false,
  };
}

function rawLines(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const value = rawHeaders[at + 1];
    if (rawHeaders[at]?.toLowerCase() === name && value !== undefined) values.push(value);
  }
  return values;
}
