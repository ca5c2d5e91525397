import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { LLMock } from '@copilotkit/aimock';
import { tool } from 'ai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { executionEnvironmentContract } from '../../testing/execution-environment-contract.ts';
import { RecordedSession } from '../../testing/recorded-session.ts';
import { type AiSdkAgentOptions, aiSdkAgent } from './ai-sdk-agent.ts';

// A provider with an OpenAI-compatible address, on this machine.
const provider = new LLMock({ port: 0, logLevel: 'silent' });
const model = () =>
  createOpenAICompatible({ name: 'local', baseURL: `${provider.url}/v1`, includeUsage: true })('small-model');

beforeAll(async () => {
  await provider.start();
});
afterAll(() => provider.stop());
afterEach(() => {
  provider.clearFixtures();
  provider.clearRequests();
});

const add = tool({
  description: 'Adds two numbers.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => a + b,
});

function answering(options: Partial<AiSdkAgentOptions> = {}, session = new RecordedSession()) {
  const environment = aiSdkAgent({ model, maxRetries: 0, ...options }).createEnvironment();
  return (content: string) => {
    const run = session.begin(content);
    const settled = environment
      .start(session.context, run.signal)
      .then(() => environment.run(run.turn, run.port, run.signal));
    return { session, ...run, settled };
  };
}

const sent = () => provider.getRequests().map(({ body }) => body as { messages: { role: string }[] });

describe('aiSdkAgent', () => {
  it('[I2] streams the text of a model and tells what it used', async () => {
    provider.onMessage(
      'hello',
      { content: 'Hello, good morning.', usage: { prompt_tokens: 5, completion_tokens: 6 } },
      { chunkSize: 4 },
    );
    const { settled, port, session } = answering()('hello');
    expect(await settled).toEqual({
      status: 'completed',
      usage: {
        ...{ inputTokens: 5, outputTokens: 6, totalTokens: 11, reasoningTokens: 0, cachedInputTokens: 0 },
        model: 'small-model',
      },
    });
    expect(port.blocks).toMatchObject([
      { type: 'assistant_text', content: 'Hello, good morning.', status: 'complete' },
    ]);
    expect(session.events.filter(({ type }) => type === 'block:delta').length).toBeGreaterThan(1);
  });

  it('[I2] tells reasoning as thinking', async () => {
    provider.onMessage('why', { reasoning: 'Because of light.', content: 'It scatters.' });
    const { settled, port } = answering()('why');
    await settled;
    expect(port.blocks).toMatchObject([
      { type: 'thinking', content: 'Because of light.' },
      { type: 'assistant_text', content: 'It scatters.' },
    ]);
  });

  it('[I2] runs tools and shows their calls and results', async () => {
    const toolCalls = [{ name: 'add', arguments: { a: 1, b: 2 }, id: 'call-1' }];
    provider.on({ userMessage: 'sum', hasToolResult: false }, { toolCalls });
    provider.on({ userMessage: 'sum', hasToolResult: true }, { content: 'Three.' });
    const { settled, port } = answering({ tools: { add } })('the sum?');
    expect(await settled).toMatchObject({ status: 'completed' });
    expect(port.blocks).toMatchObject([
      { type: 'tool_use', toolName: 'add', toolUseId: 'call-1', input: { a: 1, b: 2 }, status: 'complete' },
      { type: 'tool_result', toolUseId: 'call-1', output: 3, isError: false },
      { type: 'assistant_text', content: 'Three.' },
    ]);
  });

  it('[I2] shows what a tool failed with, as the model sees it, and goes on', async () => {
    const fails = tool({
      inputSchema: z.object({}),
      execute: async (): Promise<string> => {
        throw new Error('No such file.');
      },
    });
    const toolCalls = [{ name: 'fails', arguments: {}, id: 'call-1' }];
    provider.on({ userMessage: 'try', hasToolResult: false }, { toolCalls });
    provider.on({ userMessage: 'try', hasToolResult: true }, { content: 'It failed.' });
    const { settled, port } = answering({ tools: { fails } })('try');
    expect(await settled).toMatchObject({ status: 'completed' });
    expect(port.blocks).toMatchObject([
      { type: 'tool_use', status: 'complete' },
      { type: 'tool_result', output: 'No such file.', isError: true },
      { type: 'assistant_text', content: 'It failed.' },
    ]);
  });

  it('[I2] ends the call of a tool that nothing runs', async () => {
    provider.onMessage('show', { toolCalls: [{ name: 'show', arguments: {}, id: 'call-1' }] });
    const show = tool({ inputSchema: z.object({}), outputSchema: z.string() });
    const { settled, port } = answering({ tools: { show } })('show');
    expect(await settled).toMatchObject({ status: 'completed' });
    expect(port.blocks).toMatchObject([
      { type: 'tool_use', status: 'complete' },
      { type: 'tool_result', isError: true, output: expect.stringContaining('Nothing here runs') },
    ]);
  });

  it('fails a turn that takes more steps than it may', async () => {
    provider.onMessage('loop', { toolCalls: [{ name: 'add', arguments: { a: 1, b: 1 } }] });
    const { settled } = answering({ tools: { add }, maxSteps: 2 })('loop');
    expect(await settled).toMatchObject({ status: 'failed', code: 'budget-exceeded', retryable: false });
    expect(sent()).toHaveLength(2);
  });

  it('gives the model the conversation so far, and its instructions', async () => {
    provider.onMessage('one', { content: 'First.' });
    provider.onMessage('two', { content: 'Second.' });
    const say = answering({ instructions: ({ agent }) => `You are ${agent}.` });
    const first = say('one');
    first.end(await first.settled);
    await say('two').settled;
    expect(sent().at(-1)?.messages).toMatchObject([
      { role: 'system', content: 'You are agent.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'First.' },
      { role: 'user', content: 'two' },
    ]);
  });

  it('makes model and tools for the turn, if it is told how', async () => {
    provider.onMessage('which', { content: 'This.' });
    const { settled } = answering({
      model: async () => model(),
      tools: ({ agent }) => ({ [`of-${agent}`]: add }),
      settings: { temperature: 0.5 },
    })('which');
    await settled;
    expect(sent()).toMatchObject([
      { model: 'small-model', temperature: 0.5, tools: [{ function: { name: 'of-agent' } }] },
    ]);
  });

  it('stops a stream at an abort, at once', async () => {
    provider.onMessage('count', { content: 'and on '.repeat(10_000) }, { chunkSize: 7, latency: 2 });
    const { settled, port, session, abort } = answering()('count');
    await session.until(() => port.text !== '');
    abort();
    await expect(settled).rejects.toThrow();
    expect(port.dropped).toEqual([]);
    expect(port.text.length).toBeLessThan(70_000);
  });

  it('reads no faster than the log takes', async () => {
    provider.onMessage('count', { content: 'one two three' }, { chunkSize: 4 });
    const { settled, port, session } = answering()('count');
    port.fill();
    await session.until(() => port.text !== '');
    for (let tick = 0; tick < 50; tick++) await new Promise((resolve) => setImmediate(resolve));
    expect(port.text).toBe('one ');
    port.drain();
    await settled;
    expect(port.text).toBe('one two three');
  });

  it.each([
    [500, /failed \(HTTP 500\)/, true],
    [503, /failed \(HTTP 503\)/, true],
    [429, /later/, true],
    [401, /credentials/, false],
    [403, /credentials/, false],
    [402, /used up/, false],
    [404, /does not know the model/, false],
    [413, /too long/, false],
    [400, /refused the request/, false],
  ])('says in a sentence of its own that the provider answered %i', async (status, sentence, retryable) => {
    provider.nextRequestError(status, { message: 'sk-secret of ann@example.org' });
    const told: unknown[] = [];
    const { settled, session } = answering({ onError: (error) => told.push(error) })('hello');
    const end = await settled;
    expect(end).toEqual({
      ...{ status: 'failed', code: 'agent-failed', message: expect.stringMatching(sentence), retryable },
    });
    expect(JSON.stringify([end, session.events])).not.toContain('secret');
    expect(told).toMatchObject([{ statusCode: status, message: expect.stringContaining('sk-secret') }]);
  });

  it('says why it gave up after it tried again', async () => {
    provider.onMessage('hello', { error: { message: 'sk-secret' }, status: 429, retryAfter: 0 });
    const { settled } = answering({ maxRetries: 1 })('hello');
    expect(await settled).toMatchObject({ message: expect.stringContaining('later'), retryable: true });
    expect(sent()).toHaveLength(2);
  });

  it('says that a provider cannot be reached', async () => {
    const nowhere = createOpenAICompatible({ name: 'nowhere', baseURL: 'http://127.0.0.1:1/v1' })('m');
    const { settled } = answering({ model: nowhere, maxRetries: 0 })('hello');
    expect(await settled).toMatchObject({
      ...{ status: 'failed', message: 'The model provider could not be reached.', retryable: true },
    });
  });

  it('says that an answer broke off, and keeps what came', async () => {
    const content = 'The story goes on and on.';
    provider.onMessage('story', { content }, { chunkSize: 5, truncateAfterChunks: 2 });
    const { settled, port } = answering()('story');
    expect(await settled).toMatchObject({ status: 'failed', retryable: true });
    expect(content).toContain(port.text);
  });

  it('fails with what its own options throw, not in the name of the provider', async () => {
    const options = { tools: () => Promise.reject(new Error('No tools today.')) };
    await expect(answering(options)('hello').settled).rejects.toThrow('No tools today.');
  });

  it('logs that an answer was cut off', async () => {
    provider.onMessage('long', { content: 'It is', finishReason: 'length' });
    const { settled, session } = answering()('long');
    expect(await settled).toMatchObject({ status: 'completed' });
    expect(session.events.filter(({ type }) => type === 'log')).toMatchObject([
      { payload: { level: 'warn', message: expect.stringContaining('cut off') } },
    ]);
  });

  it('cuts the output of a tool in its block, not for the model', async () => {
    const paper = 'x'.repeat(600_000);
    const print = tool({ inputSchema: z.object({}), execute: async () => paper });
    provider.on(
      { userMessage: 'print', hasToolResult: false },
      { toolCalls: [{ name: 'print', arguments: '{}' }] },
    );
    provider.on({ userMessage: 'print', toolResultContains: paper }, { content: 'Printed.' });
    const { settled, port } = answering({ tools: { print } })('print');
    expect(await settled).toMatchObject({ status: 'completed' }); // the provider saw the whole output
    const output = port.blocks.find((block) => block.type === 'tool_result')?.output;
    expect(output).toMatch(/x\n\[534464 more characters\]$/);
  });
});

executionEnvironmentContract('an AI SDK agent', {
  create: () => {
    provider.onMessage('hello', { content: 'Hello to you.' });
    provider.onMessage('endless', { content: 'on and '.repeat(50_000) }, { chunkSize: 7, latency: 2 });
    provider.onMessage('fail', { error: { message: 'sk-secret' }, status: 500 });
    return aiSdkAgent({ model, maxRetries: 0 }).createEnvironment();
  },
  turns: {
    answered: { content: 'hello' },
    endless: { content: 'endless' },
    failing: { content: 'fail' },
  },
  leftovers: () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap'),
});
