import type { SessionView } from '@perdure/client';
import { act } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../test/fake-client.ts';
import { text } from '../test/fake-session.ts';
import { createStage } from '../test/stage.tsx';
import { PerdureProvider } from './perdure-provider.tsx';
import { useConversation } from './use-conversation.ts';
import { useSession } from './use-session.ts';
import { useSessionStore } from './use-session-store.ts';
import { useSubmit } from './use-submit.ts';

function Title({ id }: { id: string }) {
  const { title, status } = useSession(id);
  return <p>{title ?? status}</p>;
}
const Words = ({ id }: { id: string }) => <p>{useConversation(id).map((block) => block.id)}</p>;
function Counted({ onRender }: { onRender: (blocks: number) => void }) {
  onRender(useConversation('a').length);
  return null;
}
const Outbox = ({ id }: { id: string }) => <p>{useSubmit(id).outbox.length}</p>;

describe('following a session', () => {
  it('[F2] five hooks on one session are one subscription, and the last to go closes it', () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const parts = [Title, Words, Outbox, Title, Words].map((Part, key) => <Part key={String(key)} id="a" />);
    const { rerender, unmount } = stage.render(parts);
    expect(session.followers).toBe(5);
    rerender(parts.slice(2));
    rerender(parts.slice(4));
    expect(session.followers).toBe(1);
    expect(session.opened).toBe(1);
    unmount();
    expect(session.followers).toBe(0);
  });

  it('[F4] the double mount of strict mode leaves each hook one listener, and none once it is gone', async () => {
    const stage = createStage({ strict: true });
    const session = stage.client.session('a');
    const { unmount } = stage.render(<Title id="a" />);
    session.becomes();
    await stage.frame();
    expect(session.followers).toBe(1);
    session.becomes({ title: 'Another' });
    expect(stage.framesDue).toBe(1);
    unmount();
    expect(session.followers).toBe(0);
    expect(stage.framesDue).toBe(0);
  });

  it('[F4] a hundred deltas within a frame are one render, of all who show them', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.becomes();
    const renders = vi.fn();
    stage.render(
      <>
        <Counted onRender={renders} />
        <Counted onRender={renders} />
      </>,
    );
    renders.mockClear();
    for (let n = 1; n <= 100; n += 1) session.says(text('b', 'x'.repeat(n)));
    expect(stage.framesDue).toBe(1);
    await stage.frame();
    expect(renders.mock.calls).toEqual([[1], [1]]);
  });

  it('[F10] what an equality calls the same is not carried from one session to another', () => {
    const stage = createStage();
    stage.client.session('a').becomes({ title: 'a' });
    stage.client.session('b').becomes({ title: 'b' });
    const select = (view: SessionView) => ({ title: view.state?.title });
    const { result, rerender } = stage.renderHook(
      ({ id }) => useSessionStore('test', id, select, () => true),
      { id: 'a' },
    );
    rerender({ id: 'b' });
    expect(result.current).toEqual({ title: 'b' });
  });

  it('keeps the selected object while an inline selector finds the same in it', () => {
    const stage = createStage();
    stage.client.session('a').becomes();
    const { result, rerender } = stage.renderHook(() =>
      useSessionStore('test', 'a', (view) => ({ title: view.state?.title })),
    );
    const before = result.current;
    rerender();
    expect(result.current).toBe(before);
  });

  it('[F6] a server renders a session as loading, opens nothing, and hydration agrees with it', async () => {
    const onServer = new FakeClient();
    onServer.session('a').becomes();
    const page = (client: FakeClient) => (
      <PerdureProvider client={client}>
        <Words id="a" />
        <Title id="a" />
      </PerdureProvider>
    );
    const html = renderToString(page(onServer));
    expect(html).toBe('<p></p><p>loading</p>');
    expect(onServer.session('a').opened).toBe(0);

    const inBrowser = new FakeClient();
    inBrowser.session('a').becomes();
    const container = document.createElement('div');
    container.innerHTML = html;
    const onRecoverableError = vi.fn();
    const root = await act(async () => hydrateRoot(container, page(inBrowser), { onRecoverableError }));
    expect(onRecoverableError).not.toHaveBeenCalled();
    expect(container.textContent).toBe('title of a');
    await act(async () => root.unmount());
  });
});
