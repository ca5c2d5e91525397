import { readFileSync } from 'node:fs';
import { PerdureError } from '@perdure/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionModel,
  type ConnectionPhase,
  initialConnection,
  stepConnection,
  type Transport,
} from './connection-machine.ts';
import { errorOfClose } from './link-loss.ts';

const lost = (code?: number) => ({ type: 'lost', error: errorOfClose(code) }) as const;
const wanted = { type: 'wanted' } as const;
const accepted = { type: 'accepted' } as const;
const due = { type: 'due' } as const;

function run(inputs: readonly ConnectionInput[], preferred: Transport = 'websocket') {
  const effects: ConnectionEffect[] = [];
  let model: ConnectionModel = initialConnection(preferred);
  for (const input of inputs) {
    const step = stepConnection(model, input);
    model = step.model;
    effects.push(...step.effects);
  }
  return { model, effects };
}

/** Models by which each phase is reached. */
const reach: Record<ConnectionPhase, readonly ConnectionInput[]> = {
  resting: [],
  opening: [wanted],
  open: [wanted, accepted],
  waiting: [wanted, lost()],
  failed: [wanted, lost(4009)],
  ended: [{ type: 'ended' }],
};

type Expected = `${ConnectionPhase}${'' | ` ${ConnectionEffect}`}${'' | ` ${ConnectionEffect}`}`;

/** The table of SPEC.md. No cell may be left out. */
const expected: Record<ConnectionPhase, Record<ConnectionInput['type'], Expected>> = {
  resting: {
    wanted: 'opening open',
    unwanted: 'resting',
    accepted: 'resting',
    lost: 'resting',
    due: 'resting',
    blocked: 'resting',
    woken: 'resting',
    renewed: 'resting close',
    ended: 'ended close',
  },
  opening: {
    wanted: 'opening',
    unwanted: 'resting close',
    accepted: 'open',
    lost: 'waiting wait probe',
    due: 'opening',
    blocked: 'opening open',
    woken: 'opening',
    renewed: 'opening open',
    ended: 'ended close',
  },
  open: {
    wanted: 'open',
    unwanted: 'resting close',
    accepted: 'open',
    lost: 'waiting wait',
    due: 'open',
    blocked: 'open',
    woken: 'open',
    renewed: 'opening open',
    ended: 'ended close',
  },
  waiting: {
    wanted: 'waiting',
    unwanted: 'resting close',
    accepted: 'waiting',
    lost: 'waiting',
    due: 'opening open',
    blocked: 'opening open',
    woken: 'opening open',
    renewed: 'opening open',
    ended: 'ended close',
  },
  failed: {
    wanted: 'failed',
    unwanted: 'failed',
    accepted: 'failed',
    lost: 'failed',
    due: 'failed',
    blocked: 'failed',
    woken: 'failed',
    renewed: 'opening open',
    ended: 'ended close',
  },
  ended: {
    wanted: 'ended',
    unwanted: 'ended',
    accepted: 'ended',
    lost: 'ended',
    due: 'ended',
    blocked: 'ended',
    woken: 'ended',
    renewed: 'ended',
    ended: 'ended',
  },
};

const inputs: Record<ConnectionInput['type'], ConnectionInput> = {
  wanted,
  unwanted: { type: 'unwanted' },
  accepted,
  lost: lost(),
  due,
  blocked: { type: 'blocked', isHanging: true },
  woken: { type: 'woken', isNetwork: true },
  renewed: { type: 'renewed' },
  ended: { type: 'ended' },
};

describe('the connection', () => {
  it('[E16] does what SPEC.md says', () => {
    const [head = [], , ...rows] = writtenTable();
    const phases = head.slice(1) as ConnectionPhase[];
    const written = rows.flatMap(([input, ...cells]) =>
      cells.map((cell, index) => `${phases[index]} ${input}: ${cell}`),
    );
    const tested = Object.entries(expected).flatMap(([phase, row]) =>
      Object.entries(row).map(([input, outcome]) => `${phase} ${input}: ${outcome}`),
    );
    expect(written.sort()).toEqual(tested.sort());
  });

  it.each(
    Object.entries(expected).flatMap(([phase, row]) =>
      Object.entries(row).map(([input, outcome]) => [phase, input, outcome] as const),
    ),
  )('[E16] when %s, on %s: %s', (phase, input, outcome) => {
    const { model } = run(reach[phase as ConnectionPhase]);
    const step = stepConnection(model, inputs[input as ConnectionInput['type']]);
    expect([step.model.phase, ...step.effects].join(' ')).toBe(outcome);
  });

  it.each([undefined, ...range(1000, 1015), 3000, ...range(4000, 4020), 4999])(
    '[E13] a socket closed with %s is retried, but for 4009 and a second 4001 in a row',
    (code) => {
      const first = run([wanted, accepted, lost(code)]);
      expect(first.model.phase).toBe(code === 4009 ? 'failed' : 'waiting');
      const second = run([wanted, accepted, lost(code), due, lost(code)]);
      expect(second.model.phase).toBe(code === 4009 || code === 4001 ? 'failed' : 'waiting');
      const between = run([wanted, accepted, lost(code), due, accepted, lost(code)]);
      expect(between.model.phase).toBe(code === 4009 ? 'failed' : 'waiting');
    },
  );

  it('[E13] counts attempts until the server answers, not until a socket opens', () => {
    expect(run([wanted, lost(), due, lost(), due, lost()]).model.attempts).toBe(3);
    expect(run([wanted, lost(), due, lost(), due, accepted]).model.attempts).toBe(0);
  });

  it('[E19] gives WebSockets up after one that hangs or two that fail at once, while the server answers over HTTP', () => {
    const blocked = { type: 'blocked', isHanging: false } as const;
    expect(run([wanted, { ...blocked, isHanging: true }]).model.transport).toBe('stream');
    expect(run([wanted, lost(), blocked]).model.transport).toBe('websocket');
    expect(run([wanted, lost(), blocked, due, lost(), blocked]).model.transport).toBe('stream');
    expect(run([wanted, lost(), due, lost(), due, lost()]).model.transport).toBe('websocket');
  });

  it('[E19] takes more to give up a WebSocket that has worked, and gives it a new chance on another network', () => {
    const failing = [lost(), { type: 'blocked', isHanging: false }, due] as const;
    const worked = [wanted, accepted, lost(), due] as const;
    expect(run([...worked, ...failing, ...failing, ...failing]).model.transport).toBe('websocket');
    const given = [...worked, ...failing, ...failing, ...failing, ...failing];
    expect(run(given).model.transport).toBe('stream');
    expect(run([...given, lost(), { type: 'woken', isNetwork: true }]).model.transport).toBe('websocket');
    expect(run([...given, lost(), { type: 'woken', isNetwork: false }]).model.transport).toBe('stream');
  });

  it('[E19] gives a WebSocket up that was taken and then brought nothing: a stream shows the parts of a long message', () => {
    const mute = { ...lost(), isMute: true } as const;
    const { model, effects } = run([wanted, accepted, mute, due]);
    expect([model.phase, model.transport]).toEqual(['opening', 'stream']);
    expect(effects).toEqual(['open', 'wait', 'open']);
    expect(run([wanted, mute]).model.transport).toBe('websocket'); // it was never taken
    expect(run([wanted, accepted, mute, { type: 'woken', isNetwork: true }]).model.transport).toBe(
      'websocket',
    );
  });

  it('[E13] a new credential opens what had failed', () => {
    const failed = run([wanted, lost(4001), due, lost(4001)]);
    expect(failed.model.error?.code).toBe('unauthenticated');
    const renewed = stepConnection(failed.model, { type: 'renewed' });
    expect([renewed.model.phase, renewed.model.error]).toEqual(['opening', undefined]);
  });

  it('[E13] keeps its invariants whatever happens', () => {
    const any = fc.constantFrom<ConnectionInput>(
      ...Object.values(inputs).filter(({ type }) => type !== 'ended'),
      lost(4001),
      lost(1012),
      { ...lost(), isMute: true },
      { type: 'lost', error: new PerdureError('shutting-down', 'x') },
      { type: 'blocked', isHanging: false },
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (sequence) => {
        let { model } = run([]);
        let hasLink = false;
        for (const input of sequence) {
          const before = model;
          const step = stepConnection(model, input);
          model = step.model;
          for (const effect of step.effects) if (effect !== 'probe') hasLink = effect === 'open';
          expect(hasLink).toBe(model.phase === 'opening' || model.phase === 'open'); // K1
          if (model.phase === 'failed' && before.phase !== 'failed')
            expect(['unauthenticated', 'protocol-mismatch']).toContain(model.error?.code); // K2
          if (model.transport === 'stream' && before.transport === 'websocket')
            expect(input.type === 'blocked' || (before.phase === 'open' && 'isMute' in input)).toBe(true); // K3
          if (model.attempts < before.attempts)
            expect(['accepted', 'renewed', 'wanted']).toContain(input.type); // K4
        }
      }),
      { numRuns: 500 },
    );
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The table of SPEC.md: input -> phase -> outcome. */
function writtenTable(): string[][] {
  const text = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').slice(1, -1));
  const start = rows.findIndex(
    (cells) => cells.map((cell) => cell.trim()).join() === ',resting,opening,open,waiting,failed,ended',
  );
  return rows.slice(start, start + 11).map((cells) => cells.map((cell) => cell.trim()));
}
