import type { Usage } from '@perdure/protocol';
import type { LanguageModelUsage } from 'ai';

/** Counts of the AI SDK as ours. A provider that does not count tells nothing; a count that is none is left out. */
export function usageOf(usage: LanguageModelUsage, model: string | undefined): Usage {
  const counts = {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.outputTokenDetails.reasoningTokens,
    cachedInputTokens: usage.inputTokenDetails.cacheReadTokens,
    totalTokens: usage.totalTokens,
  };
  const told = Object.entries(counts).filter(
    ([, count]) => Number.isSafeInteger(count) && Number(count) >= 0,
  );
  return { ...Object.fromEntries(told), ...(model === undefined ? {} : { model }) };
}
