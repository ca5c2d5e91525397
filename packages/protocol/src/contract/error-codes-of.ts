import type { WireErrorCode } from '../error-codes.ts';
import type { Leaf } from './leaf.ts';

/** What the gate refuses before it knows whose request it is. */
const gate = [
  'invalid-target',
  'target-too-long',
  'credential-in-url',
  'unknown-host',
  'origin-refused',
  'cross-site-refused',
  'method-not-allowed',
  'invalid-input',
] as const;
const ofBody = ['unsupported-media-type', 'payload-too-large', 'malformed-json'] as const;
const ofAccess = ['unauthenticated', 'forbidden', 'protocol-mismatch'] as const;
const ofStore = ['storage-unreadable', 'storage-damaged'] as const;
const ofServer = ['limit-exceeded', 'shutting-down', 'not-implemented', 'internal'] as const;

/**
 * Every code that can answer a request to the leaf: its own, and those that follow from what kind of leaf it is.
 * `unknown-procedure` is never among them, for it says that there is no leaf.
 */
export function errorCodesOf(leaf: Leaf): readonly WireErrorCode[] {
  return [
    ...new Set<WireErrorCode>([
      ...leaf.errors,
      ...gate,
      ...(hasBody(leaf) ? ofBody : []),
      ...(leaf.access === 'public' ? [] : [...ofAccess, ...ofStore]),
      ...ofServer,
      ...(writes(leaf) ? (['storage-read-only'] as const) : []),
    ]),
  ];
}

/** Whether a request to the leaf carries a body. */
export function hasBody({ rest }: Leaf): boolean {
  return rest !== undefined && rest.method !== 'GET' && rest.method !== 'DELETE';
}

function writes({ kind, rest }: Leaf): boolean {
  return kind === 'mutation' || (kind === 'http' && rest?.method !== 'GET');
}
