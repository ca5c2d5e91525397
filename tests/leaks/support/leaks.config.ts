import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { defineConfig, echoAgent, functionAgent } from '@perdure/server';

const LINE_BYTES = 8_000;
const WORD_MS = 20;
const TIMES = 10;

/** What the server hosts whose holdings are counted. */
export default defineConfig({
  agents: {
    echo: echoAgent(),
    /** Says a word and waits for the end. */
    waits: functionAgent(async (turn, session) => {
      session.text('waiting');
      await once(turn.signal, 'abort');
    }),
    /** Says ten times what it is told, word by word. Told to `log 90000 bytes`, it does, and says nothing. */
    speaks: functionAgent(async (turn, session) => {
      const bytes = Number(/^log (\d+) bytes$/.exec(turn.text)?.[1] ?? 0);
      for (let logged = 0; logged < bytes && !turn.signal.aborted; logged += LINE_BYTES) {
        if (!session.log('info', 'x'.repeat(LINE_BYTES))) await session.drained();
      }
      const words = bytes > 0 ? [] : Array.from({ length: TIMES }, () => turn.text.split(' ')).flat();
      for (const word of words) {
        await wait(WORD_MS);
        if (turn.signal.aborted) return;
        session.text(`${word} `);
      }
    }),
  },
  store: {
    type: 'sqlite',
    directory: process.env['LEAKS_DIRECTORY'] ?? '',
    durability: process.env['LEAKS_DURABILITY'] === 'disk' ? 'disk' : 'process',
  },
});
