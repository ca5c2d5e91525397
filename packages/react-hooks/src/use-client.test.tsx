import { renderHook } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { isPerdureError } from '@perdure/client';
import { createStage } from '../test/stage.tsx';
import { useClient } from './use-client.ts';
import { useConnection } from './use-connection.ts';
import { useConversation } from './use-conversation.ts';
import { useSession } from './use-session.ts';
import { useSessionEvents } from './use-session-events.ts';
import { useSessionList } from './use-session-list.ts';
import { useSubmit } from './use-submit.ts';

const hooks: Record<string, () => unknown> = {
  useClient: () => useClient(),
  useConnection: () => useConnection(),
  useConversation: () => useConversation('a'),
  useSession: () => useSession('a'),
  useSessionEvents: () => useSessionEvents('a'),
  useSessionList: () => useSessionList(),
  useSubmit: () => useSubmit('a'),
};

function thrownBy(hook: () => unknown): unknown {
  // React repeats on the console what a component throws.
  const silenced = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    renderHook(hook);
  } catch (error) {
    return error;
  } finally {
    silenced.mockRestore();
  }
  return undefined;
}

describe('useClient', () => {
  it('gives the client of the provider', () => {
    const stage = createStage();
    expect(stage.renderHook(() => useClient()).result.current).toBe(stage.client);
  });

  it.each(Object.entries(hooks))('[F6] %s says what is missing outside the provider', (name, hook) => {
    const error = thrownBy(hook);
    expect(isPerdureError(error, 'provider-missing') && error.message).toBe(
      `${name} was called outside a <PerdureProvider>. Put <PerdureProvider client={client}> above the component that calls it.`,
    );
  });
});
