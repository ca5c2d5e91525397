import { PerdureError } from '@perdure/client';
import { act } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { createStage } from '../test/stage.tsx';
import { useConnection } from './use-connection.ts';

describe('useConnection', () => {
  it('[E16] tells each state of the connection in its order', async () => {
    const stage = createStage();
    const seen: string[] = [];
    const { result } = stage.renderHook(() => {
      const connection = useConnection();
      seen.push(`${connection.status} ${connection.attempts}`);
      return connection;
    });
    stage.client.connectionBecomes({ status: 'open' });
    await stage.frame();
    const error = new PerdureError('unreachable', 'No answer.');
    stage.client.connectionBecomes({ status: 'reconnecting', attempts: 1, error });
    await stage.frame();
    expect(result.current).toMatchObject({ transport: 'websocket', error });
    stage.client.connectionBecomes({ status: 'failed' });
    await stage.frame();
    expect(seen).toEqual(['connecting 0', 'open 0', 'reconnecting 1', 'failed 1']);
  });

  it('makes the connection anew on demand, with one function for good', async () => {
    const stage = createStage();
    const { result } = stage.renderHook(() => useConnection());
    const { reconnect } = result.current;
    stage.client.connectionBecomes({ status: 'open' });
    await stage.frame();
    expect(result.current.reconnect).toBe(reconnect);
    act(() => reconnect());
    expect(stage.client.reconnects).toBe(1);
  });

  it('[F4] renders nothing anew for what a session does', async () => {
    const stage = createStage();
    let renders = 0;
    stage.renderHook(() => {
      renders += 1;
      return useConnection();
    });
    stage.client.session('a').becomes();
    await stage.frame();
    expect(renders).toBe(1);
  });
});
