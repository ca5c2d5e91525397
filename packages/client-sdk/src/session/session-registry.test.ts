import { expect, test } from 'vitest';
import { createSessionRegistry, type SessionEntry } from './session-registry.ts';

function registry() {
  const made: string[] = [];
  const closed: string[] = [];
  const busy = new Set<string>();
  const sessions = createSessionRegistry((id) => {
    made.push(id);
    return {
      handle: { id },
      followed: {
        get isFollowed() {
          return busy.has(`${id} is followed`);
        },
        close: () => closed.push(`followed ${id}`),
      },
      outbox: {
        get isIdle() {
          return !busy.has(`${id} owes`);
        },
        close: () => closed.push(`outbox ${id}`),
      },
    } as unknown as SessionEntry;
  });
  const visit = (from: number, to: number) => {
    for (let id = from; id <= to; id += 1) sessions.get(`s${id}`);
  };
  return { sessions, made, closed, busy, visit };
}

test('a session is made when it is first asked for, and is the same as long as it is kept', () => {
  const { sessions, made } = registry();
  const entry = sessions.get('one');
  expect(sessions.get('one')).toBe(entry);
  expect(made).toEqual(['one']);
  expect(sessions.all()).toEqual([entry]);
});

test('[E10] a hundred sessions that nobody uses are kept beside the newest, those used last', () => {
  const { sessions, closed, made, visit } = registry();
  visit(0, 100);
  expect(closed).toEqual([]);
  visit(0, 0); // used again
  visit(101, 101);
  expect(closed).toEqual(['followed s1', 'outbox s1']);
  expect(sessions.all()).toHaveLength(101);
  visit(0, 0);
  expect(made.filter((id) => id === 's0')).toHaveLength(1);
  visit(1, 1);
  expect(made.filter((id) => id === 's1')).toHaveLength(2);
});

test('a session that is followed, or owes a message, is never let go of', () => {
  const { closed, busy, visit } = registry();
  busy.add('s0 is followed').add('s1 owes');
  visit(0, 102);
  expect(closed).toEqual([]);
  busy.clear();
  visit(103, 103);
  expect(closed).toEqual([
    'followed s0',
    'outbox s0',
    'followed s1',
    'outbox s1',
    'followed s2',
    'outbox s2',
  ]);
});

test('with the client all of them are closed, and none is left', () => {
  const { sessions, closed, visit } = registry();
  visit(0, 1);
  sessions.close();
  expect(closed).toEqual(['followed s0', 'outbox s0', 'followed s1', 'outbox s1']);
  expect(sessions.all()).toEqual([]);
});
