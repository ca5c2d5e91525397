import { expect, test } from 'vitest';
import { ReadingPings } from './reading-pings.ts';

function pinged() {
  const texts: Buffer[] = [];
  const socket = { OPEN: 1, readyState: 1, ping: (text: Buffer) => void texts.push(text) };
  return { texts, socket, pings: new ReadingPings(socket) };
}

test('[E9] asks after every 16 KiB, and counts each answer once', () => {
  const { texts, pings } = pinged();
  pings.sent(16_383);
  expect(texts).toEqual([]);
  pings.sent(1);
  pings.sent(100_000);
  expect(texts).toHaveLength(2);
  const [first = Buffer.of(), second = Buffer.of()] = texts;
  expect(first.equals(second)).toBe(false);
  expect([pings.take(Buffer.of()), pings.take(Buffer.from('12345678')), pings.answers]).toEqual([
    false,
    false,
    0,
  ]);
  expect([pings.take(first), pings.take(first), pings.take(second), pings.answers]).toEqual([
    true,
    false,
    true,
    2,
  ]);
});

test('[E9] an answer to a later ping stands for the earlier ones', () => {
  const { texts, pings } = pinged();
  for (let count = 0; count < 3; count += 1) pings.sent(40_000);
  const [first = Buffer.of(), second = Buffer.of(), third = Buffer.of()] = texts;
  expect([pings.take(second), pings.take(first), pings.take(third), pings.answers]).toEqual([
    true,
    false,
    true,
    2,
  ]);
});

test('[E9] who answers nothing is asked 256 times, and again after an answer', () => {
  const { texts, pings } = pinged();
  for (let count = 0; count < 300; count += 1) pings.sent(40_000);
  expect(texts).toHaveLength(256);
  expect(pings.take(texts[0] ?? Buffer.of())).toBe(true);
  pings.sent(1);
  expect(texts).toHaveLength(257);
});

test('a socket that is closing is not asked', () => {
  const { texts, socket, pings } = pinged();
  socket.readyState = 2;
  pings.sent(40_000);
  expect(texts).toEqual([]);
});
