import type { Block, ClientSession, LogEvent } from '@perdure/client';
import { expectTypeOf, it } from 'vitest';
import { useConversation, useSession, useSessionEvents, useSubmit } from './index.ts';

it('infers what a hook gives from what it is asked for', () => {
  const blocks = () => useConversation('a');
  expectTypeOf(blocks).returns.toEqualTypeOf<readonly Block[]>();
  const thread = () => useConversation('a', { conversationId: 'sub' });
  expectTypeOf(thread).returns.toEqualTypeOf<readonly Block[]>();
  const count = () =>
    useConversation('a', { select: ({ blocks, pending }) => blocks.length + pending.length });
  expectTypeOf(count).returns.toEqualTypeOf<number>();

  const logs = () => useSessionEvents('a', { types: ['log'], onEvent: ({ payload }) => payload.level });
  expectTypeOf(logs).returns.toEqualTypeOf<readonly LogEvent<'log'>[]>();
  const events = () => useSessionEvents('a');
  expectTypeOf(events).returns.toEqualTypeOf<readonly LogEvent[]>();
  // @ts-expect-error: there is no such event
  const misspelt = () => useSessionEvents('a', { types: ['logs'] });
  expectTypeOf(misspelt).toBeFunction();

  const session = () => useSession('a');
  expectTypeOf(session).returns.toHaveProperty('handle').toEqualTypeOf<ClientSession>();
  const submit = () => useSubmit('a').submit;
  expectTypeOf(submit).returns.parameter(1).not.toBeAny();
});
