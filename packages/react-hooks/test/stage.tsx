import { act, cleanup, render, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach } from 'vitest';
import { PerdureProvider } from '../src/index.ts';
import { FakeClient } from './fake-client.ts';

afterEach(cleanup);

/** A fake client, a provider around what is rendered, and frames that pass when the test says so. */
export function createStage({ strict = false } = {}) {
  const client = new FakeClient();
  const flushes = new Set<() => void>();
  const scheduleFrame = (flush: () => void) => {
    flushes.add(flush);
    return () => void flushes.delete(flush);
  };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <PerdureProvider client={client} scheduleFrame={scheduleFrame}>
      {children}
    </PerdureProvider>
  );
  // Not by a StrictMode inside the wrapper: React 19 mounts twice only what strict mode is the root of.
  const options = { wrapper, reactStrictMode: strict };

  return {
    client,
    render: (ui: ReactNode) => render(ui, options),
    renderHook: <R, P>(hook: (props: P) => R, initialProps?: P) =>
      renderHook(hook, { ...options, ...(initialProps === undefined ? {} : { initialProps }) }),
    /** Lets what has been promised settle, then the screen be drawn. */
    async frame() {
      await act(async () => {
        await settled();
        for (const flush of [...flushes]) {
          flushes.delete(flush);
          flush();
        }
      });
    },
    get framesDue() {
      return flushes.size;
    },
  };
}

/** All that is resolved already has run its continuations once the event loop comes round. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
