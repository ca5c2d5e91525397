import { type EventPayload, PerdureError } from '@perdure/protocol';
import { canonicalJson } from './canonical-json.ts';
import type { CommandContext } from './command-context.ts';
import type { CommandAnswer, SessionCommands } from './session-command.ts';
import { startNextRun } from './start-next-run.ts';

const FIELDS = ['title', 'tags', 'metadata', 'options', 'archived'] as const;

/** Only what changed is told; an update that changes nothing writes nothing. */
export function decideUpdate(context: CommandContext, input: SessionCommands['update']): CommandAnswer {
  const { decision, actor, limits } = context;
  const { state } = decision;
  const changed = FIELDS.filter(
    (field) => input[field] !== undefined && canonicalJson(input[field]) !== canonicalJson(state[field]),
  );
  if (changed.length === 0) return { seq: decision.through, duplicate: true };
  refuseLarge(input.metadata, limits.sessionMetadataBytes);
  refuseLarge(input.options, limits.sessionMetadataBytes);
  const payload: EventPayload<'session:updated'> = Object.fromEntries(
    changed.map((field) => [field, input[field]]),
  );
  const { seq } = decision.add({ type: 'session:updated', payload, actor, source: 'user' });
  startNextRun(decision, context); // leaving the archive lets waiting messages go on
  return { seq };
}

/** Metadata and options stand in every list item and snapshot. */
export function refuseLarge(value: object | undefined, max: number): void {
  if (value === undefined) return;
  const current = new TextEncoder().encode(JSON.stringify(value)).length;
  if (current <= max) return;
  throw new PerdureError(
    'limit-exceeded',
    `Metadata and options may have ${max} bytes as JSON, these have ${current}.`,
    {
      details: { limit: 'sessionMetadataBytes', max, current },
    },
  );
}
