/** What a session, conversation, run, block or message id looks like. It is never made into a path. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The conversation that every session has from its first event on. */
export const MAIN_CONVERSATION = 'main';

/** A command id is the client's idempotency key: any printable ASCII text without blanks, at most 128 characters. */
export const COMMAND_ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}
