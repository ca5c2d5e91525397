import { PerdureError } from '@perdure/protocol';

const sentences = {
  missing: 'This server needs a credential: "Authorization: Bearer <token>", or token in connectionParams.',
  invalid: 'The credential is not known to this server.',
  expired: 'The credential has expired.',
  revoked: 'The credential has been revoked.',
} as const;

export function unauthenticated(reason: keyof typeof sentences): PerdureError {
  return new PerdureError('unauthenticated', sentences[reason], { details: { reason } });
}
