import { defineConfig, echoAgent, functionAgent } from '@perdure/server';

const LINES = 60;
const keepEvents = process.env['KEEP_EVENTS'];

/** What `perdure serve --config` hosts for tests that come back to every place of a log. */
export default defineConfig({
  retention: keepEvents === undefined ? undefined : { keepEvents: Number(keepEvents) },
  limits: { socketMessagesPerSecond: 10_000 },
  agents: {
    echo: echoAgent(),
    talker: functionAgent(async (turn, session) => {
      for (let line = 0; line < LINES; line += 1) {
        session.log('info', `${turn.text} ${line} ${'x'.repeat(500)}`);
        if (line % 20 === 0) session.text(`words of ${line}, `);
      }
      await session.flushed();
    }),
  },
});
