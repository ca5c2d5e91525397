import type { Accepted, Content } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';
import type { CallOptions, ClientSession, SubmitOptions } from '../perdure-client.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { Route } from '../rest/routes.ts';
import type { SessionEntry } from './session-registry.ts';
import { eventsOf } from './events-of.ts';
import type { FollowTask } from '../connection/follow-connection.ts';

export interface ClientSessionOptions {
  readonly rest: RestClient;
  readonly clock: ClientClock;
  follow(task: FollowTask): () => void;
  /** What the client holds of the session now: it may have been let go while nobody looked. */
  entry(): Pick<SessionEntry, 'followed' | 'outbox'>;
}

interface CommandOptions extends CallOptions {
  readonly commandId?: string | undefined;
}

/** Makes the handle of a session: it holds nothing itself. */
export function createClientSession(id: string, options: ClientSessionOptions): ClientSession {
  const { rest, clock, follow, entry } = options;

  function ask<T>(route: Route, { signal, ...input }: CommandOptions = {}): Promise<T> {
    return rest.call<T>(route, { sessionId: id, ...input }, { signal });
  }

  /** With an id of its own a command is done once, however often it is sent. */
  const command = (route: Route, input: CommandOptions = {}) =>
    ask<Accepted>(route, { ...input, commandId: input.commandId ?? clock.id() });

  async function submit(content: Content, { signal, commandId, ...rest }: SubmitOptions = {}) {
    return entry().outbox.submit(commandId ?? clock.id(), { content, ...rest }, signal);
  }

  return {
    id,
    getSnapshot: () => entry().followed.getSnapshot(),
    subscribe: (listener) => entry().followed.subscribe(listener),
    onEvent: (listener) => entry().followed.onEvent(listener),
    load: (callOptions) => entry().followed.load(callOptions),
    loadOlder: (conversationId, callOptions) => entry().followed.loadOlder(conversationId, callOptions),
    submit,
    discard: (commandId) => entry().outbox.discard(commandId),
    resend: (commandId) => entry().outbox.resend(commandId),
    interrupt: (input) => command('POST /v1/sessions/{id}/interrupt', input),
    update: (input) => command('PATCH /v1/sessions/{id}', input),
    queue: {
      update: (input) => command('PATCH /v1/sessions/{id}/queue/{messageId}', input),
      remove: (input) => command('DELETE /v1/sessions/{id}/queue/{messageId}', input),
      promote: (input) => command('POST /v1/sessions/{id}/queue/{messageId}/promote', input),
      hold: (input) => command('POST /v1/sessions/{id}/queue/hold', input),
      release: (input) => command('POST /v1/sessions/{id}/queue/release', input),
    },
    delete: (callOptions) => ask('DELETE /v1/sessions/{id}', callOptions),
    run: (input) => ask('GET /v1/sessions/{id}/runs/{runId}', input),
    runs: (input) => ask('GET /v1/sessions/{id}/runs', input),
    blocks: (input) => ask('GET /v1/sessions/{id}/blocks', input),
    eventPage: (input) => ask('GET /v1/sessions/{id}/events', input),
    events: (eventsOptions) => eventsOf(follow, id, eventsOptions),
  };
}
