import { aiSdkAgent, type AiSdkAgentOptions } from '@perdure/server/ai-sdk';

type Env = Readonly<Record<string, string | undefined>>;
type Model = AiSdkAgentOptions['model'];
type Agents = Record<string, ReturnType<typeof aiSdkAgent>>;

const instructions =
  'You are a helpful assistant in a demonstration of durable sessions. Answer in short Markdown.';

/** An agent for each provider that the environment holds a key of. Without one there is none, and no provider is loaded. */
export async function modelAgents(env: Env): Promise<Agents> {
  const agents: Agents = {};
  const { ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL } = env;
  const add = (name: string, model: Model) => {
    agents[name] = aiSdkAgent({
      model,
      instructions,
      // Pages are told a sentence of ours; what the provider said is for whoever runs the demo.
      onError: (error) => console.error(`${name}: ${error instanceof Error ? error.message : error}`),
    });
  };
  if (ANTHROPIC_API_KEY) add('anthropic', await anthropicModel(env, ANTHROPIC_API_KEY));
  if (OPENAI_BASE_URL) add('openai', await compatibleModel(env, OPENAI_BASE_URL, OPENAI_API_KEY));
  else if (OPENAI_API_KEY) add('openai', await openAiModel(env, OPENAI_API_KEY));
  return agents;
}

async function anthropicModel(env: Env, apiKey: string): Promise<Model> {
  const { createAnthropic } = await import('@ai-sdk/anthropic');
  return createAnthropic({ apiKey })(env['ANTHROPIC_MODEL'] ?? 'claude-sonnet-4-5');
}

async function openAiModel(env: Env, apiKey: string): Promise<Model> {
  const { createOpenAI } = await import('@ai-sdk/openai');
  return createOpenAI({ apiKey })(env['OPENAI_MODEL'] ?? 'gpt-5-mini');
}

/** A server of one's own, such as one that runs a model on this machine. */
async function compatibleModel(env: Env, baseURL: string, apiKey = 'none'): Promise<Model> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({ name: 'openai', baseURL, apiKey });
  return provider(env['OPENAI_MODEL'] ?? 'default');
}
