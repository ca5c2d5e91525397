import type {
  Actor,
  CommandInput,
  InterruptInput,
  QueuedMessageInput,
  QueueUpdateInput,
  SubmitInput,
  UpdateInput,
} from '@perdure/protocol';

type Input<I> = Omit<I, 'sessionId' | 'commandId'>;

/** What can be asked of a session, by name. */
export interface SessionCommands {
  submit: Input<SubmitInput>;
  update: Input<UpdateInput>;
  'queue.update': Input<QueueUpdateInput>;
  'queue.remove': Input<QueuedMessageInput>;
  'queue.promote': Input<QueuedMessageInput>;
  'queue.hold': Input<CommandInput>;
  'queue.release': Input<CommandInput>;
  interrupt: Input<InterruptInput>;
}

export type CommandName = keyof SessionCommands;

/** A command with its name told apart. */
export type NamedCommand<N extends CommandName = CommandName> = {
  [K in N]: { readonly name: K; readonly input: SessionCommands[K] };
}[N];

export interface CommandEnvelope {
  readonly command: NamedCommand;
  readonly commandId: string;
  readonly actor: Actor;
}

/** Where a command stands in the log, and what else its answer tells. */
export interface CommandAnswer {
  readonly seq: number;
  readonly runId?: string | undefined;
  readonly position?: number | undefined;
  readonly duplicate?: boolean | undefined;
}
