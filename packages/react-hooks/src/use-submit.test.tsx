import { PerdureError, type OutboxEntry } from '@perdure/client';
import { act } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { createStage } from '../test/stage.tsx';
import { useSubmit } from './use-submit.ts';

const entry = (status: OutboxEntry['status'], error?: PerdureError): OutboxEntry => ({
  commandId: 'c1',
  content: 'hello',
  status,
  error,
});

describe('useSubmit', () => {
  it('[D13] hands the message to the client, and shows it on its way', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.answer = () => Promise.resolve({ commandId: 'c1', seq: 2, duplicate: false, runId: 'r1' });
    const { result } = stage.renderHook(() => useSubmit('a'));
    expect(result.current).toMatchObject({ isPending: false, error: undefined, outbox: [] });

    const answer = await act(() => result.current.submit('hello'));
    expect(answer).toMatchObject({ runId: 'r1' });
    expect(session.submitted).toEqual(['hello']);

    const pending: [OutboxEntry['status'], boolean][] = [
      ['pending', true],
      ['sending', true],
      ['accepted', false],
      ['failed', false],
    ];
    for (const [status, isPending] of pending) {
      session.holds(entry(status));
      await stage.frame();
      expect(result.current).toMatchObject({ isPending, outbox: [{ status }] });
    }
  });

  it('tells of a failure, which nobody has to await', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const refusal = new PerdureError('outbox-full', 'Too many messages wait.');
    session.answer = () => Promise.reject(refusal);
    const { result } = stage.renderHook(() => useSubmit('a'));
    await act(async () => void result.current.submit('hello'));
    expect(result.current.error).toBe(refusal);
    await expect(act(() => result.current.submit('hello'))).rejects.toBe(refusal);

    session.answer = () => new Promise(() => {});
    await act(async () => void result.current.submit('hello'));
    expect(result.current.error).toBeUndefined();
  });

  it('shows why a message failed until it is sent again or given up', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const archived = new PerdureError('session-archived', 'The session is archived.');
    const { result } = stage.renderHook(() => useSubmit('a'));
    session.holds(entry('failed', archived));
    await stage.frame();
    expect(result.current.error).toBe(archived);
    act(() => result.current.resend('c1'));
    expect(session.resent).toEqual(['c1']);
    act(() => result.current.discard('c1'));
    await stage.frame();
    expect(result.current).toMatchObject({ error: undefined, outbox: [] });
  });

  it('[F10] the failure of one session is not shown for another', async () => {
    const stage = createStage();
    stage.client.session('a').answer = () => Promise.reject(new PerdureError('outbox-full', 'Full.'));
    const { result, rerender } = stage.renderHook(({ id }) => useSubmit(id), { id: 'a' });
    await act(async () => void result.current.submit('hello'));
    expect(result.current.error?.code).toBe('outbox-full');
    rerender({ id: 'b' });
    expect(result.current.error).toBeUndefined();
  });
});
