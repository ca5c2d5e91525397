import { createScriptController } from '../environment/script-controller.ts';
import { scriptedAgent } from '../environment/scripted-agent.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import { localHost } from '../testing/local-host.ts';
import { sessionHostContract } from '../testing/session-host-contract.ts';

sessionHostContract('local, in memory', async () => {
  const store = new MemorySessionStore();
  await store.open();
  const script = createScriptController();
  const agent = scriptedAgent(script.script);
  const { host } = localHost({ store, agents: { writer: agent, reviewer: agent } });
  return {
    host,
    script,
    close: async () => {
      await host.shutdown({ deadlineMs: 5_000 });
      await store.close();
    },
  };
});
