import { type AnyEvent, emptySessionState, type RunState, type SessionState } from '@perdure/protocol';
import { defaultLimits } from '../access/limit-defaults.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import type { CommandContext } from '../session/command-context.ts';
import { decideCommand } from '../session/decide-command.ts';
import { Decision } from '../session/decision.ts';
import type { Effect } from '../session/effect.ts';
import type { EventDraft } from '../session/event-draft.ts';
import type { CommandAnswer, NamedCommand } from '../session/session-command.ts';
import type { SessionReads } from '../session/session-reads.ts';
import { agentOf } from './host-world.ts';

const ann = { principalId: 'ann' };

/** What became of one decision. */
export interface Decided {
  readonly events: readonly AnyEvent[];
  readonly effects: readonly Effect[];
  readonly types: readonly string[];
}

/** A session that is decided and folded, without a log, a loop or an environment: each decision counts at once. */
export class DecidedSession {
  state: SessionState;
  head = 0;
  #ids = 0;
  readonly #place: Partial<CommandContext>;

  /** `place` is what commands are decided with, unless they say otherwise. By default the environment is ready. */
  constructor(place: Partial<CommandContext> = {}) {
    this.#place = place;
    this.state = emptySessionState('one');
    const payload = { agent: 'writer', title: '', tags: [], metadata: {}, options: {} };
    this.decide((decision) => decision.add({ type: 'session:created', payload, actor: ann, source: 'user' }));
  }

  newId = (): string => `id-${++this.#ids}`;

  context(decision: Decision, given: Partial<CommandContext> = {}): CommandContext {
    return {
      decision,
      commandId: 'command',
      actor: ann,
      limits: defaultLimits,
      reads: readsOf({}),
      newId: this.newId,
      environment: 'ready',
      agents: new Map<string, AgentDefinition>([['writer', agentOf({})]]),
      mayStart: true,
      ...this.#place,
      ...given,
    };
  }

  /** What `work` adds is taken for committed. */
  decide(work: (decision: Decision) => unknown): Decided {
    const decision = new Decision({ state: this.state, head: this.head, at: '2026-01-01T00:00:00.000Z' });
    work(decision);
    return this.#taken(decision);
  }

  async command(
    command: NamedCommand,
    given: Partial<CommandContext> = {},
  ): Promise<Decided & CommandAnswer> {
    const decision = new Decision({ state: this.state, head: this.head, at: '2026-01-01T00:00:00.000Z' });
    const answer = await decideCommand(this.context(decision, given), command);
    return { ...this.#taken(decision), ...answer };
  }

  /** Events of others: environments, agents, those before. */
  add(...drafts: readonly EventDraft[]): Decided {
    return this.decide((decision) => {
      for (const draft of drafts) decision.add(draft);
    });
  }

  submit(content: string, given: Partial<CommandContext> = {}) {
    return this.command({ name: 'submit', input: { content } }, given);
  }

  run(runId: string | undefined): RunState | undefined {
    return this.state.runs.find((run) => run.runId === runId);
  }

  #taken(decision: Decision): Decided {
    this.state = decision.state;
    this.head = decision.through;
    const { events, effects } = decision;
    return { events, effects, types: events.map(({ type }) => type) };
  }
}

/** Nothing is to be found but what is given. */
export function readsOf(found: Partial<SessionReads>): SessionReads {
  return {
    command: async () => undefined,
    run: async () => undefined,
    history: async () => [],
    crashesSince: async () => 0,
    ...found,
  };
}
