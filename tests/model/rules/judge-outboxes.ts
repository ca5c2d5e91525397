import type { ClientUnderTest, Given } from '../clients/client-under-test.ts';
import type { SessionModel, WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';

/** What was given to an outbox has come to the log, or failed because there was no session to say it in. */
export function judgeOutboxes(world: World, model: WorldModel): string[] {
  return model.sessions.flatMap((session) =>
    world.clients.flatMap((client) => {
      const given = client.given.filter(({ sessionId }) => sessionId === session.id);
      const faults = given.flatMap((one) => faultsOfGiven(world, session, client, one));
      return [...faults, ...faultsOfEntries(client, session)].map((fault) => `${client.plan.name}: ${fault}`);
    }),
  );
}

function faultsOfGiven(
  world: World,
  session: SessionModel,
  client: ClientUnderTest,
  { commandId, outcome }: Given,
): string[] {
  const places = session.lives.flatMap((life) =>
    world
      .witness(life)
      .story.messages.filter(
        (message) => message.commandId === commandId && message.principal === client.plan.person,
      ),
  );
  // Of a session that is gone, the end may have been seen by nobody.
  const mayBeUnseen = session.lives.some(({ isDeleted }) => isDeleted);
  const code = outcome !== undefined && 'code' in outcome ? outcome.code : undefined;
  if (outcome !== undefined && 'seq' in outcome) {
    world.count('accepted through the outbox');
    const isThere = places.some(
      ({ queuedSeq, runId }) => queuedSeq === outcome.seq && runId === outcome.runId,
    );
    return isThere || mayBeUnseen ? [] : [`${commandId} was accepted at ${outcome.seq}, and is not there`];
  }
  // A page that is gone cannot be told: what became of it stands in the log, or in what it left.
  const left =
    code === 'unreachable' ? client.stored().find((item) => item.commandId === commandId)?.error?.code : code;
  if (left === undefined) return places.length > 0 || mayBeUnseen ? [] : [`${commandId} is nowhere`];
  const isGone = left === 'session-not-found' || left === 'session-deleted';
  return isGone && mayBeUnseen ? [] : [`${commandId} failed with ${left}`];
}

/** What the log has shown is not on its way any more. */
function faultsOfEntries(client: ClientUnderTest, { id, life }: SessionModel): string[] {
  const isFollowed = client.open.some(({ sessionId, kind }) => sessionId === id && kind === 'view');
  if (life === undefined || !isFollowed) return [];
  return client
    .outbox(id)
    .filter(({ status }) => status !== 'failed')
    .map(({ commandId, status }) => `${commandId} is still ${status}`);
}
