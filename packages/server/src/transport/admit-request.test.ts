import { describe, expect, it } from 'vitest';
import { admitRequest, type GateRules, type RequestFacts } from './admit-request.ts';

const plain: RequestFacts = {
  method: 'GET',
  target: '/v1/hello',
  hosts: ['127.0.0.1:4600'],
  origins: [],
  secFetchSites: [],
  secFetchMode: undefined,
  contentTypes: [],
  hasBody: false,
  port: 4600,
  isEncrypted: false,
  expectsContinue: false,
};

const rules: GateRules = {
  targetBytes: 2_048,
  boundHost: undefined,
  publicUrl: new URL('https://agents.example.org/'),
  origins: new Set(['https://app.example.org']),
  isPage: (pathname) => pathname === '/' || pathname === '/sessions/a',
  acceptOf: (method, pathname) => {
    if (method === 'PUT' && pathname === '/v1/upload') return 'application/octet-stream';
    if (method === 'POST' && pathname === '/v1/sessions') return 'application/json';
    if (method === 'POST' && pathname === '/v1/import') return 'application/jsonl';
    return undefined;
  },
};

const codeOf = (facts: Partial<RequestFacts>, changed: Partial<GateRules> = {}) => {
  const admission = admitRequest({ ...plain, ...facts }, { ...rules, ...changed });
  return admission.isAdmitted ? 'admitted' : admission.code;
};

const post = { method: 'POST', target: '/v1/sessions', hasBody: true };
const navigation = { secFetchSites: ['cross-site'], secFetchMode: 'navigate' };

type Case = readonly [what: string, facts: Partial<RequestFacts>, answer: string, rules?: Partial<GateRules>];

const cases: readonly Case[] = [
  ['a plain request', {}, 'admitted'],

  ['the root', { target: '/' }, 'admitted'],
  ['a query', { target: '/v1/sessions?limit=2&q=a%20b' }, 'admitted'],
  ['two slashes', { target: '//' }, 'invalid-target'],
  ['another host behind two slashes', { target: '//evil.example/v1/hello' }, 'invalid-target'],
  ['a slash and a backslash', { target: '/\\evil.example' }, 'invalid-target'],
  ['an absolute target', { target: 'http://127.0.0.1:4600/v1/hello' }, 'invalid-target'],
  ['an asterisk', { target: '*' }, 'invalid-target'],
  ['an empty target', { target: '' }, 'invalid-target'],
  ['a target without a slash', { target: 'v1/hello' }, 'invalid-target'],
  ['a blank in the target', { target: '/v1/hello world' }, 'invalid-target'],
  ['a fragment', { target: '/v1/hello#x' }, 'invalid-target'],
  ['a broken escape', { target: '/v1/%zz' }, 'invalid-target'],
  ['an escape that is no UTF-8', { target: '/v1/%ff' }, 'invalid-target'],
  ['a target of exactly 2 KiB', { target: `/${'a'.repeat(2_047)}` }, 'admitted'],
  ['a target one byte over', { target: `/${'a'.repeat(2_048)}` }, 'target-too-long'],

  ['a token in the query', { target: '/v1/hello?token=abc' }, 'credential-in-url'],
  ['a token in capitals', { target: '/v1/hello?Token=abc' }, 'credential-in-url'],
  ['an access_token', { target: '/v1/hello?x=1&access_token=abc' }, 'credential-in-url'],
  ['an api_key', { target: '/v1/hello?api_key=abc' }, 'credential-in-url'],
  ['an empty token', { target: '/v1/hello?token=' }, 'credential-in-url'],
  ['an escaped name', { target: '/v1/hello?%74oken=abc' }, 'credential-in-url'],
  ['announced connectionParams', { target: '/trpc?connectionParams=1' }, 'admitted'],
  [
    'connectionParams with a token',
    { target: '/trpc?connectionParams=%7B%22token%22%3A%22a%22%7D' },
    'credential-in-url',
  ],
  [
    'connectionParams without one',
    { target: '/trpc?connectionParams=%7B%22protocol%22%3A%221%22%7D' },
    'admitted',
  ],
  ['connectionParams that are no JSON', { target: '/trpc?connectionParams=%7B' }, 'admitted'],
  ['metadata that is called token', { target: '/v1/sessions?metadata.token=abc' }, 'admitted'],

  ['localhost', { hosts: ['localhost:4600'] }, 'admitted'],
  ['IPv6 loopback', { hosts: ['[::1]:4600'] }, 'admitted'],
  ['a host in capitals', { hosts: ['LOCALHOST:4600'] }, 'admitted'],
  ['the public host', { hosts: ['agents.example.org'] }, 'admitted'],
  ['no host', { hosts: [] }, 'unknown-host'],
  ['two hosts', { hosts: ['127.0.0.1:4600', '127.0.0.1:4600'] }, 'unknown-host'],
  ['a rebound name', { hosts: ['evil.example:4600'] }, 'unknown-host'],
  ['a name that begins like ours', { hosts: ['localhost.evil.example:4600'] }, 'unknown-host'],
  ['a name with a dot behind', { hosts: ['localhost.:4600'] }, 'unknown-host'],
  ['another port', { hosts: ['127.0.0.1:4601'] }, 'unknown-host'],
  ['no port where ours is not the default', { hosts: ['127.0.0.1'] }, 'unknown-host'],
  ['no port where ours is the default', { hosts: ['localhost'], port: 80 }, 'admitted'],
  ['another loopback address', { hosts: ['127.0.0.2:4600'] }, 'unknown-host'],
  ['an address of the network', { hosts: ['192.168.1.5:4600'] }, 'unknown-host'],
  ['the address it is bound to', { hosts: ['192.168.1.5:4600'] }, 'admitted', { boundHost: '192.168.1.5' }],
  [
    'loopback on a port that the platform does not tell',
    { hosts: ['localhost:9'], port: undefined },
    'admitted',
  ],
  ['another name there', { hosts: ['evil.example:9'], port: undefined }, 'unknown-host'],
  [
    'the public host where there is none',
    { hosts: ['agents.example.org'] },
    'unknown-host',
    { publicUrl: undefined },
  ],

  ['our own origin', { origins: ['http://127.0.0.1:4600'] }, 'admitted'],
  ['our own origin by another of our names', { origins: ['http://localhost:4600'] }, 'admitted'],
  ['the public origin', { origins: ['https://agents.example.org'] }, 'admitted'],
  ['a named origin', { origins: ['https://app.example.org'] }, 'admitted'],
  ['another origin', { origins: ['https://evil.example'] }, 'origin-refused'],
  [
    'an origin that begins like a named one',
    { origins: ['https://app.example.org.evil.example'] },
    'origin-refused',
  ],
  ['a named origin on another port', { origins: ['https://app.example.org:8443'] }, 'origin-refused'],
  ['a named origin over http', { origins: ['http://app.example.org'] }, 'origin-refused'],
  ['our origin on another port', { origins: ['http://localhost:5173'] }, 'origin-refused'],
  ['our origin over https', { origins: ['https://127.0.0.1:4600'] }, 'origin-refused'],
  [
    'our origin over https where that is how it came',
    { origins: ['https://127.0.0.1:4600'], isEncrypted: true },
    'admitted',
  ],
  ['null', { origins: ['null'] }, 'origin-refused'],
  ['null, even when named', { origins: ['null'] }, 'origin-refused', { origins: new Set(['null']) }],
  ['two origins', { origins: ['http://127.0.0.1:4600', 'http://127.0.0.1:4600'] }, 'origin-refused'],
  [
    'an origin that equals a rebound host',
    { hosts: ['evil.example:4600'], origins: ['http://evil.example:4600'] },
    'unknown-host',
  ],

  ['a request of the same site', { secFetchSites: ['same-origin'] }, 'admitted'],
  ['a request from the address bar', { secFetchSites: ['none'] }, 'admitted'],
  ['another site without an origin', { secFetchSites: ['cross-site'] }, 'cross-site-refused'],
  ['another port of this machine', { secFetchSites: ['same-site'] }, 'cross-site-refused'],
  ['a header twice, once good', { secFetchSites: ['none', 'cross-site'] }, 'cross-site-refused'],
  [
    'another site with a named origin',
    { secFetchSites: ['cross-site'], origins: ['https://app.example.org'] },
    'admitted',
  ],
  ['a link to a page', { target: '/', ...navigation }, 'admitted'],
  ['a link to a page of the application', { target: '/sessions/a', ...navigation }, 'admitted'],
  ['a link to the API', navigation, 'cross-site-refused'],
  ['an image of a page', { target: '/', ...navigation, secFetchMode: 'no-cors' }, 'cross-site-refused'],
  ['a form sent to a page', { target: '/', ...navigation, method: 'POST' }, 'cross-site-refused'],

  ['JSON', { ...post, contentTypes: ['application/json'] }, 'admitted'],
  ['JSON with its charset', { ...post, contentTypes: ['Application/JSON; charset=UTF-8'] }, 'admitted'],
  [
    'JSON in another charset',
    { ...post, contentTypes: ['application/json; charset=utf-16'] },
    'unsupported-media-type',
  ],
  ['text', { ...post, contentTypes: ['text/plain'] }, 'unsupported-media-type'],
  ['a form', { ...post, contentTypes: ['application/x-www-form-urlencoded'] }, 'unsupported-media-type'],
  ['a body without a type', post, 'unsupported-media-type'],
  [
    'two types',
    { ...post, contentTypes: ['application/json', 'application/json'] },
    'unsupported-media-type',
  ],
  ['no body and no type', { ...post, hasBody: false }, 'admitted'],
  [
    'JSON lines where they belong',
    { ...post, target: '/v1/import', contentTypes: ['application/jsonl'] },
    'admitted',
  ],
  [
    'JSON where JSON lines belong',
    { ...post, target: '/v1/import', contentTypes: ['application/json'] },
    'unsupported-media-type',
  ],
  [
    'bytes where they belong',
    { ...post, method: 'PUT', target: '/v1/upload', contentTypes: ['application/octet-stream'] },
    'admitted',
  ],
  ['a body for no route', { ...post, target: '/v1/nothing', contentTypes: ['text/plain'] }, 'admitted'],
];

describe('the gate', () => {
  for (const [what, facts, answer, changed] of cases) {
    it(`[N8] ${what}: ${answer}`, () => {
      expect(codeOf(facts, changed)).toBe(answer);
    });
  }

  it('[N8] a refusal names the flag that would allow it', () => {
    const messageOf = (facts: Partial<RequestFacts>) => {
      const admission = admitRequest({ ...plain, ...facts }, rules);
      return admission.isAdmitted ? '' : admission.message;
    };
    expect(messageOf({ hosts: ['a.example'] })).toContain('--public-url');
    expect(messageOf({ origins: ['https://a.example'] })).toContain('--origin');
    expect(messageOf({ secFetchSites: ['cross-site'] })).toContain('--origin');
    expect(messageOf({ target: `/${'a'.repeat(3_000)}` })).toContain('limits.targetBytes');
    expect(messageOf(post)).toContain('application/json');
  });

  it('[N8] a stranger is not repeated at length', () => {
    const admission = admitRequest({ ...plain, hosts: ['x'.repeat(10_000)] }, rules);
    expect(admission.isAdmitted || admission.message.length).toBeLessThan(400);
  });
});
