import { executionEnvironmentContract } from '../testing/execution-environment-contract.ts';
import { echoAgent } from './echo-agent.ts';
import { functionAgent } from './function-agent.ts';
import type { ScriptedRun, ScriptStep } from './script.ts';
import { scriptedAgent } from './scripted-agent.ts';

executionEnvironmentContract('the echo agent', {
  create: () => echoAgent().createEnvironment(),
  turns: {
    answered: { content: 'over and out', options: { delayMs: 0 } },
    endless: { content: 'again', options: { delayMs: 1, repeat: 1_000_000 } },
    failing: { content: 'over and out', options: { delayMs: -1 } },
  },
});

executionEnvironmentContract('a function agent', {
  create: () =>
    functionAgent(async (turn, session) => {
      session.thinking('Let me see.');
      session.text('It is ');
      if (turn.text === 'fail') throw new Error('The function failed.');
      if (turn.text === 'endless') await session.textFrom(endlessWords());
      session.toolUse({ name: 'look', input: { at: turn.text } }).result('blue');
      session.text('blue.');
    }).createEnvironment(),
  turns: {
    answered: { content: 'the sky' },
    endless: { content: 'endless' },
    failing: { content: 'fail' },
  },
});

executionEnvironmentContract('a function agent that never looks at its signal', {
  create: () =>
    functionAgent(async (turn, session) => {
      session.text('words');
      if (turn.text === 'fail') throw new Error('The function failed.');
      if (turn.text === 'endless') await new Promise(() => {});
    }).createEnvironment(),
  turns: {
    answered: { content: 'anything' },
    endless: { content: 'endless' },
    failing: { content: 'fail' },
  },
});

executionEnvironmentContract('a scripted agent', {
  create: () => scriptedAgent(scriptOf).createEnvironment(),
  turns: {
    answered: { content: 'anything' },
    endless: { content: 'endless' },
    failing: { content: 'fail' },
  },
});

function* scriptOf({ turn }: ScriptedRun): Iterable<ScriptStep> {
  yield { thinking: 'Let me see.' };
  yield { text: ['one ', 'two '] };
  if (turn.text === 'fail') yield { fail: { message: 'The script says so.' } };
  if (turn.text === 'endless') yield { repeat: Infinity, steps: [{ text: 'on ' }, { wait: tick }] };
  yield { tool: { name: 'count', input: [1, 2], output: 3 } };
  yield { text: 'three' };
}

async function* endlessWords(): AsyncIterable<string> {
  for (;;) {
    await tick();
    yield 'on ';
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
