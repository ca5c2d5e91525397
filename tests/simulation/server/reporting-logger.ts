import type { Logger } from '../../../packages/server/src/session/logger.ts';
import type { ServerWorld } from './server-world.ts';

/** Lines that no fault outside the server can cause. */
const neverSaid = new Set([
  'the loop of a session broke',
  'the hub failed to take what was committed',
  'a listener of the session bus failed',
  'a run could not be reported',
  'recovery of the store broke',
  'a request failed',
]);

/** Tells of the lines that say that something broke which should not. */
export function reportingLogger(name: string, world: ServerWorld): Logger {
  const say = (level: string) => (fields: object, message: string) => {
    if (level === 'debug') return;
    const error: unknown = Reflect.get(fields, 'err');
    const why = error instanceof Error ? `: ${error.message}` : '';
    world.note(`${name} logs: ${message}${why}`);
    if (neverSaid.has(message))
      world.fail('I16', `${name} logs "${message}"${why} ${error instanceof Error ? error.stack : ''}`);
    if (message === 'the store can be written again') world.relieved(name);
    if (level === 'info') world.reached(message);
    else world.reached(`log: ${message}`);
  };
  const logger: Logger = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: () => logger,
  };
  return logger;
}
