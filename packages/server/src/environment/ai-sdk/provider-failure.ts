import { isPerdureError, type PerdureError } from '@perdure/protocol';
import { APICallError, LoadAPIKeyError, NoSuchModelError, RetryError } from 'ai';
import type { RunEnd } from '../execution-environment.ts';

type Failure = Extract<RunEnd, { status: 'failed' }>;

/**
 * How a run ends that its model's provider failed. The sentences are ours: what a provider says may hold keys, prompts
 * or addresses. An error of ours is thrown on.
 */
export function providerFailure(error: unknown): Failure {
  if (isPerdureError(error)) throw error as PerdureError;
  if (RetryError.isInstance(error)) return providerFailure(error.lastError);
  if (LoadAPIKeyError.isInstance(error))
    return failure('This agent has no key for its model provider.', false);
  if (NoSuchModelError.isInstance(error))
    return failure('This agent asks for a model that is not there.', false);
  if (APICallError.isInstance(error)) return failureOfCall(error);
  return failure('The model provider broke off its answer.', true);
}

function failureOfCall({ statusCode, isRetryable }: APICallError): Failure {
  switch (statusCode) {
    case undefined:
      return failure('The model provider could not be reached.', true);
    case 401:
    case 403:
      return failure('The model provider refused the credentials of this agent.', false);
    case 402:
      return failure("The account of this agent's model provider is used up.", false);
    case 404:
      return failure('The model provider does not know the model that this agent asks for.', false);
    case 413:
      return failure('The conversation is too long for the model of this agent.', false);
    case 429:
      return failure('The model provider does not take more requests now: try again later.', true);
    default:
      return failure(
        statusCode >= 500
          ? `The model provider failed (HTTP ${statusCode}): try again.`
          : `The model provider refused the request (HTTP ${statusCode}).`,
        isRetryable,
      );
  }
}

function failure(message: string, retryable: boolean): Failure {
  return { status: 'failed', code: 'agent-failed', message, retryable };
}
