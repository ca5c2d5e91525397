import type { AnyEvent, Block } from '@perdure/protocol';
import { RunSpeech } from './run-speech.ts';
import { type Script, scriptOf } from '../server/script.ts';

/** A message as the log tells it. */
export interface ToldMessage {
  readonly messageId: string;
  readonly commandId: string;
  readonly principal: string;
  readonly runId: string | undefined;
  readonly queuedSeq: number;
  /** Of its first words, and of those it has now. */
  readonly first: string;
  text: string;
}

/** A run as the log tells it. */
export interface ToldRun {
  readonly runId: string;
  readonly script: Script;
  readonly speech: RunSpeech;
  status: 'running' | 'stopping' | 'completed' | 'failed' | 'cancelled' | 'interrupted';
  endSeq?: number;
}

/** An event that has to have a cause among the commands, and how things stood around it. */
export interface Deed {
  readonly type: string;
  readonly seq: number;
  readonly runId: string | undefined;
  readonly messageId: string | undefined;
  readonly reason: string | undefined;
  /** How its run stood before. */
  readonly runWas: ToldRun['status'] | undefined;
  /** What held the queue after it. */
  readonly held: string | null;
}

/** In ten minutes, which is longer than any session of these tests lives. */
const CRASHES = 3;

/**
 * Reads a log from its beginning, event by event, as the rules of sessions say it: what may follow what, what a run may say
 * and when. It knows nothing of commands, and nothing of the product's own fold. `take` throws at the first event that
 * no rule allows.
 */
export class LogStory {
  readonly messages: ToldMessage[] = [];
  readonly runs = new Map<string, ToldRun>();
  readonly deeds: Deed[] = [];
  queue: ToldMessage[] = [];
  held: string | null = null;
  head = 0;
  #environment = 'inactive';
  #before: AnyEvent | undefined;
  /** A message that was delivered: the next event starts its run. */
  #delivered: ToldMessage | undefined;
  #crashes = 0;
  /** So many runs have crashed that nothing may go on before the queue is held. */
  #isCrashLoop = false;

  take(event: AnyEvent): void {
    const { seq, type, runId } = event;
    const { messageId, reason } = event.payload as Partial<Record<'messageId' | 'reason', string>>;
    const runWas = this.runs.get(runId ?? '')?.status;
    try {
      if (event.seq <= this.head) throw new Error(`it comes after ${this.head}`);
      if (this.#before !== undefined && event.at < this.#before.at) throw new Error('time runs backwards');
      this.#take(event);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${event.type} at ${event.seq}: ${message}\n${JSON.stringify(event).slice(0, 600)}`);
    }
    this.head = seq;
    this.#before = event;
    this.deeds.push({ type, seq, runId, messageId, reason, runWas, held: this.held });
  }

  get openRun(): ToldRun | undefined {
    return [...this.runs.values()].find(({ status }) => status === 'running' || status === 'stopping');
  }

  /** Whether nothing will happen until someone does something. `opened` tells whether a run that waits may go on. */
  isSettled(opened: (tag: string) => boolean): boolean {
    const run = this.openRun;
    if (run !== undefined) return run.status === 'running' && run.speech.isWaiting && !opened(run.script.tag);
    return this.#environment !== 'starting' && (this.held !== null || this.queue.length === 0);
  }

  #take(event: AnyEvent): void {
    const { type, seq, runId } = event;
    const payload = event.payload as Partial<Record<'messageId' | 'reason', string>> & {
      readonly block?: Block;
    };
    if ((type === 'session:created') !== (seq === 1)) throw new Error('a log begins with its creation, once');
    if (this.#delivered !== undefined && type !== 'run:started')
      throw new Error('a delivered message is not answered');
    if (this.#isCrashLoop && type !== 'environment:terminated' && type !== 'queue:held')
      throw new Error(`${this.#crashes} runs have crashed, and the queue is not held`);
    switch (type) {
      case 'session:created':
        return;
      case 'message:queued':
        this.#queued(event);
        return;
      case 'message:delivered':
        this.#deliveredNow(payload.messageId, payload.block);
        return;
      case 'message:edited':
        this.#waiting(payload.messageId).text = (event.payload as { readonly content: string }).content;
        return;
      case 'message:promoted': {
        const message = this.#waiting(payload.messageId);
        this.queue = [message, ...this.queue.filter((other) => other !== message)];
        return;
      }
      case 'message:removed': {
        const message = this.#waiting(payload.messageId);
        const { type: before, runId: cancelled } = this.#before ?? {};
        if (before !== 'run:cancelled' || cancelled !== message.runId)
          throw new Error('its run was not cancelled');
        this.queue = this.queue.filter((other) => other !== message);
        return;
      }
      case 'queue:held':
        this.#hold(payload.reason);
        return;
      case 'queue:released':
        if (this.held === null) throw new Error('nothing was held');
        this.held = null;
        return;
      case 'run:started':
        this.#started(runId);
        return;
      case 'run:stopping': {
        const run = this.#speaking(runId);
        run.status = 'stopping';
        return;
      }
      case 'run:completed':
      case 'run:failed':
      case 'run:cancelled':
      case 'run:interrupted':
        this.#ended(event, type.slice('run:'.length) as 'completed');
        return;
      case 'environment:starting':
        this.#turn(['inactive', 'terminated', 'error'], 'starting');
        return;
      case 'environment:ready':
        this.#turn(['starting'], 'ready');
        return;
      case 'environment:error':
        // Of a start that a crash cut off: no agent of these tests fails to start by itself.
        if ((payload as { readonly stage?: string }).stage !== 'crash') throw new Error('a start failed');
        this.#turn(['starting'], 'error');
        this.#crashes += 1;
        this.#isCrashLoop = this.#crashes >= CRASHES;
        return;
      case 'environment:terminated':
        if (this.openRun !== undefined) throw new Error('a run is open');
        this.#turn(['starting', 'ready'], 'terminated');
        return;
      default:
        this.#said(event);
        return;
    }
  }

  #queued({ seq, runId, payload, actor }: AnyEvent): void {
    const { messageId, commandId, content } = payload as Record<
      'messageId' | 'commandId' | 'content',
      string
    >;
    const principal = actor.principalId;
    if (this.messages.some((other) => other.commandId === commandId && other.principal === principal))
      throw new Error(`${principal} sent ${commandId} before`);
    if (runId !== undefined && this.held !== null) throw new Error('the queue is held');
    const message = { messageId, commandId, principal, runId, queuedSeq: seq, first: content, text: content };
    this.messages.push(message);
    this.queue = [...this.queue, message];
  }

  #deliveredNow(messageId: string | undefined, block: Block | undefined): void {
    const message = this.#waiting(messageId);
    if (block?.type !== 'user_message' || block.content !== message.text)
      throw new Error('its words are others');
    const next = this.queue.find((queued) => queued.runId !== undefined);
    this.queue = this.queue.filter((other) => other !== message);
    if (message.runId === undefined) return;
    if (next !== message) throw new Error('another message is before it');
    if (this.held !== null) throw new Error('the queue is held');
    if (this.openRun !== undefined) throw new Error('a run is open');
    if (this.#environment !== 'ready') throw new Error('there is no environment');
    this.#delivered = message;
  }

  #started(runId: string | undefined): void {
    const message = this.#delivered;
    this.#delivered = undefined;
    if (message?.runId === undefined || message.runId !== runId)
      throw new Error('its message was not delivered');
    const script = scriptOf(message.text);
    this.runs.set(runId, { runId, script, speech: new RunSpeech(), status: 'running' });
  }

  #ended(
    { seq, runId, payload }: AnyEvent,
    status: 'completed' | 'failed' | 'cancelled' | 'interrupted',
  ): void {
    const run = this.runs.get(runId ?? '');
    if (run === undefined) {
      // A run that never began: its message goes next.
      if (status !== 'cancelled' || !this.queue.some((message) => message.runId === runId))
        throw new Error('there is no such run');
      return;
    }
    if (run !== this.openRun) throw new Error('the run is not open');
    if (run.speech.hasOpenBlock) throw new Error('a block is open');
    const { code, reason } = payload as { readonly code?: string; readonly reason?: string };
    const throws = run.script.steps.some(({ kind }) => kind === 'throw');
    if (run.status === 'stopping' && status !== 'cancelled' && status !== 'interrupted')
      throw new Error('someone had asked it to stop');
    if (status === 'completed' && throws) throw new Error('its agent throws');
    if (status === 'failed' && (!throws || code !== 'agent-failed'))
      throw new Error('its agent does not fail so');
    const isWhole = status === 'completed' || status === 'failed';
    const blocks = status === 'completed' ? 'complete' : status === 'failed' ? 'error' : 'aborted';
    const output = status === 'failed' || status === 'interrupted' ? 'interrupted' : 'cancelled';
    const fault =
      run.speech.faultOf(run.script, isWhole ? 'whole' : 'beginning') ??
      run.speech.faultOfEnd(blocks, output);
    if (fault !== undefined) throw new Error(fault);
    run.status = status;
    run.endSeq = seq;
    if (reason !== 'crash') return;
    this.#crashes += 1;
    this.#isCrashLoop = this.#crashes >= CRASHES;
  }

  #hold(reason: string | undefined): void {
    const { type } = this.#before ?? {};
    if (reason === 'interrupt' && type !== 'run:stopping') throw new Error('no run was asked to stop');
    if (reason === 'crashes' && this.#crashes < CRASHES)
      throw new Error(`${this.#crashes} runs have crashed`);
    if (reason === 'crashes') this.#isCrashLoop = false;
    this.held = reason ?? 'nobody';
  }

  #said(event: AnyEvent): void {
    if (event.source === 'server') {
      const run = this.openRun;
      if (run === undefined || run.runId !== event.runId) throw new Error('its run is not open');
      run.speech.take(event);
    } else this.#speaking(event.runId).speech.take(event);
  }

  #speaking(runId: string | undefined): ToldRun {
    const run = this.openRun;
    if (run === undefined || run.runId !== runId) throw new Error('its run is not open');
    if (run.status !== 'running') throw new Error('its run was asked to stop');
    return run;
  }

  #waiting(messageId: string | undefined): ToldMessage {
    const message = this.queue.find((queued) => queued.messageId === messageId);
    if (message === undefined) throw new Error('the message does not wait');
    return message;
  }

  #turn(from: readonly string[], to: string): void {
    if (!from.includes(this.#environment)) throw new Error(`the environment is ${this.#environment}`);
    this.#environment = to;
  }
}
