import { defineConfig, echoAgent, functionAgent } from '@perdure/server';

/** What `perdure serve --config` hosts for tests that kill it. */
export default defineConfig({
  agents: {
    echo: echoAgent(),
    /** Is killed as soon as what it said is durable: nothing can be written after that. */
    mayfly: functionAgent(async (turn, session) => {
      session.text(turn.text);
      session.log('info', 'the last words', { attempt: turn.attempt });
      await session.flushed();
      process.kill(process.pid, 'SIGKILL');
    }),
  },
});
