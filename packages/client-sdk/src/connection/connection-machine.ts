import type { PerdureError } from '@perdure/protocol';
import { isFinal, isRefusedCredential } from './link-loss.ts';

// Invariants of the connection:
// K1. There is at most one link, and only while something is followed: `opening` and `open` have one, nothing else does.
// K2. Every loss is retried for ever, but for the final ones: a credential refused twice in a row, and another protocol version.
// K3. A WebSocket is given up for event streams only while the same server answers over HTTP, or when it took this client
//     and then brought nothing: its first message may be too long for the link, and a stream shows every part of one.
// K4. Attempts count from zero again only when the server has answered, not when a socket has opened.

export type Transport = 'websocket' | 'stream';

interface Memory {
  readonly preferred: Transport;
  readonly transport: Transport;
  /** Whether anything is followed. */
  readonly isWanted: boolean;
  /** Whether the server ever answered. */
  readonly wasOpen: boolean;
  /** Failed attempts since the server last answered. */
  readonly attempts: number;
  /** Whether a credential was refused, so that the next attempt is the last with it, and no answer came since. */
  readonly isRenewed: boolean;
  /** Signs in a row that WebSockets are blocked on the way. */
  readonly suspicion: number;
  readonly error: PerdureError | undefined;
}

export type ConnectionPhase = 'resting' | 'opening' | 'open' | 'waiting' | 'failed' | 'ended';

export interface ConnectionModel extends Memory {
  readonly phase: ConnectionPhase;
}

export type ConnectionInput =
  /** Something is followed now, and nothing was before. */
  | { readonly type: 'wanted' }
  /** Nothing is followed any more, and has not been for a while. */
  | { readonly type: 'unwanted' }
  /** The server answered over the link. */
  | { readonly type: 'accepted' }
  | { readonly type: 'lost'; readonly error: PerdureError; readonly isMute?: boolean | undefined }
  /** The delay before the next attempt is over. */
  | { readonly type: 'due' }
  /** The server answered over HTTP after a WebSocket had failed, or, if `isHanging`, while it still tried to open. */
  | { readonly type: 'blocked'; readonly isHanging: boolean }
  /** The page became visible, or the network returned. */
  | { readonly type: 'woken'; readonly isNetwork: boolean }
  /** Someone asked for a new connection. */
  | { readonly type: 'renewed' }
  | { readonly type: 'ended' };

export type ConnectionEffect =
  /** Ends the link and everything that waits, then opens a new link: with the model's transport, and a credential asked for anew. */
  | 'open'
  /** Ends the link and everything that waits. */
  | 'close'
  /** As `close`, then waits before the next attempt. */
  | 'wait'
  /** Finds out whether the server answers over HTTP. */
  | 'probe';

export interface ConnectionStep {
  readonly model: ConnectionModel;
  readonly effects: readonly ConnectionEffect[];
}

type InputOf<T extends ConnectionInput['type']> = Extract<ConnectionInput, { type: T }>;
type Row = {
  readonly [T in ConnectionInput['type']]?: (model: ConnectionModel, input: InputOf<T>) => ConnectionStep;
};

/** Enough to give up on WebSockets. One that hangs for seconds counts in full; a quick failure may be a restart. */
const CERTAIN = 2;
/** When a WebSocket has worked here before, it takes more to believe that it never will again. */
const CERTAIN_AFTER_SUCCESS = 4;

const step = (model: ConnectionModel, ...effects: ConnectionEffect[]): ConnectionStep => ({ model, effects });
const stay = (model: ConnectionModel) => step(model);

const open = (model: ConnectionModel) => step({ ...model, phase: 'opening' }, 'open');
const rest = (model: ConnectionModel) => step({ ...model, phase: 'resting', isWanted: false }, 'close');
const end = (model: ConnectionModel) => step({ ...model, phase: 'ended', isWanted: false }, 'close');
const want = (model: ConnectionModel) => step({ ...model, isWanted: true });
const unwant = (model: ConnectionModel) => step({ ...model, isWanted: false });

/** A network that has returned may be another one: WebSockets get a new chance. */
const withNewNetwork = (model: ConnectionModel): ConnectionModel => ({
  ...model,
  transport: model.preferred,
  suspicion: 0,
});

/** Nothing is held against the server any more. */
const settled = (model: ConnectionModel): ConnectionModel => ({
  ...model,
  attempts: 0,
  isRenewed: false,
  error: undefined,
});

function renew(model: ConnectionModel): ConnectionStep {
  const fresh = settled(withNewNetwork(model));
  return model.isWanted ? open(fresh) : step({ ...fresh, phase: 'resting' }, 'close');
}

function lose(model: ConnectionModel, { error }: InputOf<'lost'>): ConnectionStep {
  const failed = { ...model, attempts: model.attempts + 1, error };
  const isRefused = isRefusedCredential(error);
  if (isFinal(error) || (isRefused && model.isRenewed)) return step({ ...failed, phase: 'failed' }, 'close'); // K2
  const waiting = { ...failed, phase: 'waiting' as const, isRenewed: isRefused || model.isRenewed };
  const isSuspect = model.phase === 'opening' && model.transport === 'websocket' && !isRefused;
  return isSuspect ? step(waiting, 'wait', 'probe') : step(waiting, 'wait');
}

function suspect(model: ConnectionModel, { isHanging }: InputOf<'blocked'>): ConnectionStep {
  if (model.transport === 'stream') return stay(model);
  const suspicion = model.suspicion + (isHanging ? CERTAIN : 1);
  const isCertain = suspicion >= (model.wasOpen ? CERTAIN_AFTER_SUCCESS : CERTAIN);
  return isCertain ? open({ ...model, suspicion, transport: 'stream' }) : step({ ...model, suspicion }); // K3
}

/** What holds in every phase that says nothing else. */
const awake: Row = { wanted: want, unwanted: rest, renewed: renew, ended: end };

/** What happens in which phase. */
const table: Readonly<Record<ConnectionPhase, Row>> = {
  resting: {
    ...awake,
    wanted: (model) => open({ ...model, isWanted: true, attempts: 0 }),
    unwanted: stay,
    woken: (model, { isNetwork }) => stay(isNetwork ? withNewNetwork(model) : model),
  },
  opening: {
    ...awake,
    accepted: (model) => step({ ...settled(model), phase: 'open', wasOpen: true, suspicion: 0 }), // K4
    lost: lose,
    blocked: suspect,
  },
  open: {
    ...awake,
    lost: (model, input) => lose(input.isMute ? { ...model, transport: 'stream' } : model, input), // K3
  },
  waiting: {
    ...awake,
    due: open,
    blocked: suspect,
    woken: (model, { isNetwork }) => open(isNetwork ? withNewNetwork(model) : model),
  },
  failed: { ...awake, unwanted: unwant },
  ended: {},
};

export function initialConnection(preferred: Transport): ConnectionModel {
  return {
    phase: 'resting',
    preferred,
    transport: preferred,
    isWanted: false,
    wasOpen: false,
    attempts: 0,
    isRenewed: false,
    suspicion: 0,
    error: undefined,
  };
}

export function stepConnection(model: ConnectionModel, input: ConnectionInput): ConnectionStep {
  const handle = (table[model.phase][input.type] ?? stay) as (
    model: ConnectionModel,
    input: ConnectionInput,
  ) => ConnectionStep;
  return handle(model, input);
}
