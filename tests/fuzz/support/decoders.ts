import { formatCursor, parseCursor, reduceSession } from '@perdure/protocol';
import {
  contract,
  envelopeSchema,
  followFrameSchema,
  leavesOf,
  sessionStateSchema,
} from '@perdure/protocol/schemas';
import * as fc from 'fast-check';
import type * as z from 'zod';
import { takeFrame } from '../../../packages/client-sdk/src/connection/read-frame.ts';
import { createOutboxStorage } from '../../../packages/client-sdk/src/outbox/outbox-storage.ts';
import { readErrorBody, retryAfterMs } from '../../../packages/client-sdk/src/rest/read-error.ts';
import { applyFrame, createSessionStore } from '../../../packages/client-sdk/src/session/session-store.ts';
import { arbitraryOf } from '../../../packages/protocol/test/arbitrary-of.ts';
import { everySchema } from '../../../packages/protocol/test/every-schema.ts';
import { checkConfig } from '../../../packages/server/src/config/check-options.ts';
import { parseInput } from '../../../packages/server/src/host/parse-input.ts';
import { redact, redactText } from '../../../packages/server/src/process/redact.ts';
import { rowAfter, splitRow } from '../../../packages/server/src/hub/cut-row.ts';
import { defaultLimits } from '../../../packages/server/src/access/limit-defaults.ts';
import { admitRequest } from '../../../packages/server/src/transport/admit-request.ts';
import { bearerToken } from '../../../packages/server/src/transport/authenticate-caller.ts';
import { parseFirstMessage } from '../../../packages/server/src/transport/first-message.ts';
import { gateRulesOf } from '../../../packages/server/src/transport/gate-rules.ts';
import { isLoopback } from '../../../packages/server/src/transport/is-loopback.ts';
import { checkJsonDepth } from '../../../packages/server/src/transport/json-depth.ts';
import { queryReaderOf } from '../../../packages/server/src/transport/query-values.ts';
import { hasCredential, parseTarget } from '../../../packages/server/src/transport/request-target.ts';
import { findRoute, restRoutesOf } from '../../../packages/server/src/transport/rest-routes.ts';
import { callIdsOf, SocketCalls } from '../../../packages/server/src/transport/socket-calls.ts';
import { rowsOf } from '../../../packages/server/src/session/rows-of.ts';
import { joinEvents, splitEvents } from '../../../packages/server/src/session/row-body.ts';
import { jsonArbitrary } from '../../../packages/protocol/test/arbitrary-of.ts';
import type { AnyEvent } from '@perdure/protocol';

/** Something that takes what came from outside. */
interface Reader<T> {
  readonly name: string;
  /** What it is meant for: mutated, it makes the cases. */
  readonly samples: fc.Arbitrary<unknown>;
  /** Gives a value, or throws an error of ours; nothing else. */
  read(input: T): unknown;
  /** Writes a value that was read: what is read of that must be the same. */
  write?(value: unknown): T;
}

export type JsonReader = Reader<unknown> & { readonly takes: 'json' };
export type TextReader = Reader<string> & { readonly takes: 'text' };

const depth = defaultLimits.jsonDepth;

/** As the server reads any input: depth first, for nothing recursive may see what is too deep. */
function schemaReader(name: string, schema: z.ZodType): JsonReader {
  return {
    name,
    takes: 'json',
    samples: arbitraryOf(schema),
    read: (value) => {
      checkJsonDepth(value, depth);
      return parseInput(schema, value);
    },
    write: (value) => JSON.parse(JSON.stringify(value)),
  };
}

const routes = restRoutesOf(contract);
const rules = gateRulesOf({
  basePath: '/base',
  routes,
  targetBytes: defaultLimits.targetBytes,
  publicUrl: new URL('https://perdure.example/base'),
  origins: ['https://app.example'],
  hasPages: true,
  boundHost: () => undefined,
});
const facts = {
  method: 'GET',
  target: '/base/v1/hello',
  hosts: ['127.0.0.1:1'],
  origins: [],
  secFetchSites: [],
  secFetchMode: undefined,
  contentTypes: [],
  hasBody: false,
  port: 1,
  isEncrypted: false,
  expectsContinue: false,
};

const events = fc.array(arbitraryOf(envelopeSchema), { minLength: 1, maxLength: 6 });
const frames = arbitraryOf(followFrameSchema);
const states = arbitraryOf(sessionStateSchema);
const targets = fc.constantFrom(
  '/base/v1/sessions/a/events?after=1.1&types=a,b&limit=5',
  '/base/trpc/sessions.follow?input=%7B%22sessionId%22%3A%22a%22%7D&connectionParams=%7B%22a%22%3A1%7D',
  '/base/v1/sessions?metadata.team=a&archived=true&ids=a&ids=b',
  '/base/v1/sessions/a%2Fb/files/c/d.txt',
);
const message = fc.record({
  id: fc.nat(),
  method: fc.constantFrom('query', 'mutation', 'subscription', 'subscription.stop'),
  params: fc.record({
    path: fc.constant('sessions.get'),
    input: jsonArbitrary,
    lastEventId: fc.constant('1.1'),
  }),
});

/** What reads JSON that someone else made, on both sides of the wire. */
export function jsonReaders(): JsonReader[] {
  const other = (reader: Omit<JsonReader, 'takes'>): JsonReader => ({ ...reader, takes: 'json' });
  return [
    ...everySchema().map(([name, schema]) => schemaReader(name, schema)),
    other({
      name: 'calls of a socket',
      samples: fc.oneof(message, fc.array(message)),
      read: (value) => {
        const { refused } = new SocketCalls(defaultLimits).admit(value, 0);
        new SocketCalls(defaultLimits).admit(value, 50);
        return [callIdsOf(value), refused.map(({ id, error }) => [id, error.toBody()])];
      },
    }),
    other({
      name: 'a frame',
      samples: frames,
      read: (value) => {
        takeFrame(value, { frame: () => {} });
      },
    }),
    other({
      name: 'a frame that is taken',
      samples: fc.tuple(states, frames),
      read: (value) => {
        const [state, frame] = Array.isArray(value) ? value : [undefined, value];
        const first = { kind: 'snapshot', cursor: '1.1', reason: 'start', state, live: true };
        let store = createSessionStore('a');
        for (const next of [first, frame])
          takeFrame(next, {
            frame: (taken) => {
              store = applyFrame(store, taken, 10).store;
            },
          });
        return store.cursor;
      },
    }),
    other({
      name: 'the fold',
      samples: fc.tuple(states, events),
      read: (value) => {
        checkJsonDepth(value, depth);
        if (!Array.isArray(value)) return undefined;
        const state = sessionStateSchema.safeParse(value[0]);
        const list: unknown = value[1];
        if (!state.success || !Array.isArray(list)) return undefined;
        const read = list.flatMap((event) => envelopeSchema.safeParse(event).data ?? []);
        return sessionStateSchema.parse(
          read.reduce((before, event) => reduceSession(before, event as AnyEvent), state.data),
        );
      },
    }),
    other({
      name: 'an error body',
      samples: fc.record({
        code: fc.constant('internal'),
        message: fc.string(),
        details: jsonArbitrary,
        errorId: fc.string(),
      }),
      read: (value) => {
        const error = readErrorBody(value);
        return error === undefined
          ? undefined
          : [error.toBody(), retryAfterMs(error), error.retry, error.status];
      },
    }),
    other({
      name: 'a config file',
      samples: fc.record({ basePath: fc.constant('/a'), limits: jsonArbitrary, agents: jsonArbitrary }),
      read: (value) => checkConfig(value),
    }),
    other({ name: 'what is logged', samples: jsonArbitrary, read: (value) => redact(value) }),
  ];
}

/** What reads text that someone else made. */
export function textReaders(): TextReader[] {
  const other = (reader: Omit<TextReader, 'takes'>): TextReader => ({ ...reader, takes: 'text' });
  const queries = [...leavesOf(contract)].map(([path, { input }]) => ({
    path,
    read: queryReaderOf(input),
    input,
  }));
  return [
    other({
      name: 'a cursor',
      samples: fc.constantFrom('0.0', '1.1', '9007199254740991.9007199254740991', '12.345'),
      read: (text) => parseCursor(text),
      write: (place) =>
        place === undefined ? 'none' : formatCursor(place as { epoch: number; seq: number }),
    }),
    other({
      name: 'a target',
      samples: targets,
      read: (text) => {
        const url = parseTarget(text);
        if (url === undefined) return undefined;
        hasCredential(url);
        findRoute(routes, 'GET', url.pathname.slice('/base'.length));
        return url.href;
      },
    }),
    other({
      name: 'the gate',
      samples: targets,
      read: (text) => {
        const inEachPlace = [
          { target: text },
          { hosts: [text] },
          { origins: [text] },
          { secFetchSites: [text] },
          { contentTypes: [text], hasBody: true, method: 'POST', target: '/base/v1/sessions' },
          { method: text },
        ];
        return inEachPlace.map((fact) => admitRequest({ ...facts, ...fact }, rules).isAdmitted);
      },
    }),
    ...queries.map(({ path, read, input }) =>
      other({
        name: `the query of ${path}`,
        samples: fc.constantFrom(
          'limit=5&cursor=a',
          'types=a,b&after=1.1',
          'metadata.a=b&archived=true',
          'wait=1',
        ),
        read: (text) => {
          const values = read(new URLSearchParams(text));
          return input.safeParse(values).success;
        },
      }),
    ),
    other({
      name: 'the first words of a socket',
      samples: fc.constant('{"method":"connectionParams","data":{"token":"a","protocol":"1"}}'),
      read: (text) => parseFirstMessage(Buffer.from(text), 4_096),
    }),
    other({
      name: 'a credential',
      samples: fc.constantFrom('Bearer abc', 'bearer  a.b-c'),
      read: bearerToken,
    }),
    other({
      name: 'an address',
      samples: fc.constantFrom('127.0.0.1', '[::1]', '::ffff:10.0.0.1'),
      read: isLoopback,
    }),
    other({
      name: 'a row of the log',
      samples: fc.string(),
      read: (text) => {
        const event = { seq: 1, at: 'x', type: 'block:delta', payload: { blockId: 'b', delta: text } };
        const list = [event, { ...event, seq: 2 }, { ...event, seq: 3 }] as unknown as AnyEvent[];
        const [row] = rowsOf(list);
        if (row === undefined) throw new Error('No row was made.');
        const whole = { ...row, epoch: 1 } as unknown as Parameters<typeof splitRow>[0];
        const parts = [1, 60, 200].map((bytes) => joinEvents(splitRow(whole, bytes).map(({ body }) => body)));
        const joined = [
          ...parts,
          joinEvents([...splitEvents(row.body).slice(0, 1), rowAfter(whole, 1).body]),
        ];
        if (joined.some((body) => body !== row.body))
          throw new Error('A row was not cut where its events end.');
        return splitEvents(row.body).map((part) => JSON.parse(part));
      },
    }),
    other({
      name: 'a row of rubbish',
      samples: fc.constantFrom('{"seq":1},\t{"seq":2}', ',\t,\t'),
      read: (text) => {
        const row = {
          after: 0,
          through: 2,
          type: 'x',
          audience: 'client',
          epoch: 1,
          body: text,
        } as unknown as Parameters<typeof splitRow>[0];
        return [splitRow(row, 5).length, rowAfter(row, 1).body];
      },
    }),
    other({
      name: 'a line of the log',
      samples: fc.constantFrom('Bearer abcdefghijk', 'https://a:b@c/', 'sk-abcdefghijklmnop'),
      read: redactText,
    }),
  ];
}

/** What the outbox finds in a storage that others can write to. */
export async function readOutbox(text: string): Promise<unknown> {
  const storage = { getItem: () => text, setItem: () => {}, removeItem: () => {} };
  const outbox = createOutboxStorage(storage, 'base');
  const items = await outbox.load('a');
  return [
    await outbox.sessions(),
    items.map(({ commandId, status, error }) => [commandId, status, error?.toBody()]),
  ];
}
