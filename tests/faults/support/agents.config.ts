import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type AgentDefinition, defineConfig, echoAgent, functionAgent } from '@perdure/server';

/** An agent whose environment does at its start what the session's options say. */
const starter: AgentDefinition = {
  reach: 'none',
  onInterrupted: 'ask',
  createEnvironment: () => ({
    start: async ({ options }, signal) => {
      if (options['start'] === 'fails') throw new Error('no such image');
      if (options['start'] === 'dies') process.kill(process.pid, 'SIGKILL');
      if (options['start'] !== 'hangs') return;
      console.error('the environment hangs');
      await once(signal, 'abort');
    },
    run: async () => ({ status: 'completed' }),
    stop: async () => {},
    isHealthy: async () => true,
  }),
};

/** What `perdure serve --config` hosts for tests that break what is below it. */
export default defineConfig({
  agents: {
    echo: echoAgent(),
    starter,
    /** Says something of every kind, under a name and of as many words as the message asks for; told to stay, it never ends. */
    writer: functionAgent(async (turn, session) => {
      const [name = '', words = '0', stays] = turn.text.split(' ');
      session.thinking(`thoughts of ${name}`);
      session.toolUse({ name: 'look', input: { at: name } }).result({ seen: `what ${name} saw` });
      for (let word = 1; word <= Number(words); word += 1) {
        if (!session.text(`${name}-${word} `)) await session.drained();
        if (word % 40 === 0) await session.flushed();
      }
      session.log('info', `the end of ${name}`, { words: Number(words) });
      await session.flushed();
      if (stays !== undefined) await once(turn.signal, 'abort');
    }),
    /** Goes on saying words until it is stopped, and tells on stderr that it was. */
    steady: functionAgent(async (turn, session) => {
      turn.signal.addEventListener('abort', () => console.error('the steady agent was aborted'));
      for (let word = 1; !turn.signal.aborted; word += 1) {
        session.text(`word-${word} `);
        await wait(20);
      }
    }),
    /** Says nothing until it is stopped, and tells on stderr that it was. */
    quiet: functionAgent(async (turn) => {
      await once(turn.signal, 'abort');
      console.error('the quiet agent was aborted');
    }),
    /** Takes memory until the process has none. */
    hog: functionAgent(async (_turn, session) => {
      const held: number[][] = [];
      session.text('hungry');
      await session.flushed();
      for (;;) held.push(Array.from({ length: 100_000 }, Math.random));
    }),
  },
});
