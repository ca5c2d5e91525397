import type { AnyEvent, Page, Submitted } from '@perdure/protocol';
import type { LifeModel, Sent, SessionModel } from './session-model.ts';
import { type Reply, Violation, type World } from './world.ts';

/** Sends a message over REST; it is part of the model before the server can know of it. */
export async function sendMessage(
  world: World,
  { session, life, sent }: { session: SessionModel; life: LifeModel; sent: Sent },
): Promise<void> {
  life.sent.push(sent);
  const { status, answer } = await postMessage(world, session.id, sent);
  if (status !== 202)
    throw new Violation(`${sent.commandId} was answered with ${status}: ${JSON.stringify(answer)}`);
  takeAnswer(sent, answer);
  await proveAccepted(world, session.id, sent);
}

export function postMessage(
  world: World,
  sessionId: string,
  { person, commandId, text, delivery, runs }: Sent,
): Promise<Reply<Submitted>> {
  const body = {
    commandId,
    content: text,
    ...(delivery === 'queue' ? {} : { delivery }),
    ...(runs ? {} : { run: false }),
  };
  return world.ask('POST', `/v1/sessions/${sessionId}/messages`, { person, body });
}

export function takeAnswer(sent: Sent, { commandId, seq, runId, duplicate }: Submitted): void {
  if (commandId !== sent.commandId) throw new Violation(`${sent.commandId} was answered as ${commandId}`);
  if (duplicate && sent.answer === undefined && !sent.mayBeThere)
    throw new Violation(`${commandId} is new, and was told to be a repetition`);
  sent.answer = { seq, runId };
}

/** What was accepted is in the log at once, where the answer said. */
export async function proveAccepted(
  world: World,
  sessionId: string,
  { commandId, answer }: Sent,
): Promise<void> {
  const path = `/v1/sessions/${sessionId}/events?types=message%3Aqueued&order=desc&limit=20`;
  const { items } = await world.get<Page<AnyEvent>>(path);
  const event = items.find(({ seq }) => seq === answer?.seq);
  if ((event?.payload as { readonly commandId?: string } | undefined)?.commandId !== commandId)
    throw new Violation(
      `${commandId} was accepted at ${answer?.seq}, where the log has ${JSON.stringify(event)}`,
    );
}
