import type { AnyEvent } from '@perdure/protocol';
import type { WorldModel } from './session-model.ts';
import { Violation, type World } from './world.ts';

/** Whatever the server has accepted is in the log, once, in every session: asked after it came back from an end. */
export async function proveAllAccepted(world: World, model: WorldModel): Promise<void> {
  for (const { id, life } of model.living) {
    const path = `/v1/sessions/${id}/events?types=message%3Aqueued&limit=100`;
    const queued = await world.pages<AnyEvent & { readonly payload: { readonly commandId: string } }>(path);
    const placesOf = (commandId: string, person: string) =>
      queued
        .filter(({ payload, actor }) => payload.commandId === commandId && actor.principalId === person)
        .map(({ seq }) => seq);
    for (const { commandId, person, answer } of life?.sent ?? []) {
      const places = placesOf(commandId, person);
      if (places.length > 1) throw new Violation(`${commandId} is there at ${places.join(' and ')}`);
      if (answer !== undefined && places[0] !== answer.seq)
        throw new Violation(`${commandId} was accepted at ${answer.seq}, and is there at ${places[0]}`);
    }
  }
}
