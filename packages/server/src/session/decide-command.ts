import { PerdureError } from '@perdure/protocol';
import type { CommandContext } from './command-context.ts';
import { decideInterrupt } from './decide-interrupt.ts';
import {
  decideQueueHold,
  decideQueuePromote,
  decideQueueRelease,
  decideQueueRemove,
  decideQueueUpdate,
} from './decide-queue.ts';
import { decideSubmit } from './decide-submit.ts';
import { decideUpdate } from './decide-update.ts';
import type { CommandAnswer, NamedCommand } from './session-command.ts';

/** Decides one command on committed state: adds its events and effects to the decision, or throws why not. */
export async function decideCommand(context: CommandContext, command: NamedCommand): Promise<CommandAnswer> {
  refuseWhileArchived(context, command);
  switch (command.name) {
    case 'submit':
      return decideSubmit(context, command.input);
    case 'update':
      return decideUpdate(context, command.input);
    case 'queue.update':
      return decideQueueUpdate(context, command.input);
    case 'queue.remove':
      return decideQueueRemove(context, command.input);
    case 'queue.promote':
      return decideQueuePromote(context, command.input);
    case 'queue.hold':
      return decideQueueHold(context);
    case 'queue.release':
      return decideQueueRelease(context);
    case 'interrupt':
      return decideInterrupt(context, command.input);
    default:
      return command satisfies never;
  }
}

/** An archived session can be read, taken out of the archive, and its run stopped; nothing else. */
function refuseWhileArchived({ decision }: CommandContext, { name }: NamedCommand): void {
  if (!decision.state.archived || name === 'update' || name === 'interrupt') return;
  throw new PerdureError(
    'session-archived',
    'The session is archived. Take it out of the archive to write to it.',
  );
}
