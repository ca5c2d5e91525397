import { isPerdureError } from '@perdure/protocol';
import type { AnswerWatch, RequestWatch } from '../server/answer-request.ts';
import type { World } from './world.ts';

const commands = new Set([
  'sessions.submit',
  'sessions.update',
  'sessions.interrupt',
  'sessions.queue.update',
  'sessions.queue.remove',
  'sessions.queue.promote',
  'sessions.queue.hold',
  'sessions.queue.release',
]);

/** Holds what a server answers against the ledger, at the moment at which it does. */
export function watchRequests(world: World): RequestWatch {
  return {
    asked(server, path, input, caller): AnswerWatch {
      const { ledger, commandCheck, answerCheck } = world;
      if (!caller.authentication.ok) return silent;
      const { tenantId, id: principalId } = caller.authentication.principal;
      const sessionId = String(input['sessionId'] ?? input['id'] ?? '');
      const session = ledger.named(tenantId, sessionId);
      const who = { path, tenantId, principalId, sessionId };
      const commandId = input['commandId'];
      const { commandId: _, ...asked } = input;
      const asks = `${path} ${JSON.stringify(asked)}`;
      const note = (error: unknown) => {
        if (isPerdureError(error)) world.reached(`refused ${error.code}`);
      };
      const refuseOthers = () => {
        if (session === undefined || session.ownerId === principalId || path === 'sessions.list') return;
        world.fail(
          'I14',
          `${principalId} was answered ${path} of ${sessionId}, which belongs to ${session.ownerId}.`,
        );
      };
      const refuseForeign = (text: string) => world.refuseForeign(tenantId, text, `An answer of ${path}`);
      if (commands.has(path) && typeof commandId === 'string') {
        const wasReadOnly = server.watchReadOnly();
        const arrived = () => ({ ...who, commandId, asks, session, wasReadOnly: wasReadOnly() });
        return {
          answered(output, text) {
            refuseForeign(text);
            refuseOthers();
            if ((output as { duplicate: boolean }).duplicate) world.reached('duplicate command');
            commandCheck.acknowledged(arrived(), output, ledger);
          },
          refused(error) {
            note(error);
            commandCheck.refusedCommand(arrived(), error, ledger);
          },
        };
      }
      const head = session?.head ?? 0;
      const isBehind = () => session !== undefined && world.isBehind(server, session);
      const read = { ...who, input, session, head, isBehind };
      return {
        answered(output, text) {
          refuseForeign(text);
          refuseOthers();
          if (
            path === 'sessions.create' &&
            ledger.named(tenantId, sessionId) === undefined &&
            session === undefined
          )
            if (![...ledger.sessions.values()].some(({ id }) => id === sessionId))
              world.fail('I1', `The creation of ${sessionId} was acknowledged, and it is not there.`);
          if (
            path === 'sessions.delete' &&
            session !== undefined &&
            !session.isDeleted &&
            ledger.sessions.has(session.key)
          )
            world.fail('I1', `The deletion of ${sessionId} was acknowledged, and it is there.`);
          answerCheck.answered(read, output);
        },
        refused(error) {
          note(error);
          answerCheck.refused(read, error);
        },
      };
    },
  };
}

const silent: AnswerWatch = { answered: () => undefined, refused: () => undefined };
