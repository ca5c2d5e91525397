import { createScriptController, scriptedAgent } from '@perdure/server';
import { sessionHostContract } from '@perdure/server/testing';
import { runningServer } from './support/running-server.ts';

sessionHostContract('local, on SQLite, of a server that listens', async () => {
  const script = createScriptController();
  const agent = scriptedAgent(script.script);
  const server = await runningServer({ agents: { writer: agent, reviewer: agent } });
  return {
    host: server.runtime.host,
    script,
    close: async () => server[Symbol.asyncDispose](),
  };
});
