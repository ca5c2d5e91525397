import type { Block } from '@perdure/protocol';
import type {
  EnvironmentContext,
  RunEnd,
  RunPort,
  Turn,
} from '../../../packages/server/src/environment/execution-environment.ts';
import type { AgentWorld, Recipe } from './simulated-agent.ts';

export interface RunParts {
  readonly world: AgentWorld;
  readonly context: EnvironmentContext;
  readonly turn: Turn;
  readonly port: RunPort;
  readonly signal: AbortSignal;
}

/** One run of a simulated agent: it does what its recipe says. */
export class RecipeRun {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  async play(recipe: Recipe): Promise<RunEnd> {
    const { world, signal, port } = this.#parts;
    const { random } = world;
    switch (recipe) {
      case 'answer':
        if (random.chance(0.3)) await this.#parts.turn.history();
        await this.#say(1 + random.below(5), 40);
        break;
      case 'slow':
        await this.#say(2 + random.below(4), 3_000);
        break;
      case 'tool':
        await this.#tool(true);
        await this.#say(2, 20);
        break;
      case 'orphan-tool':
        await this.#tool(false);
        break;
      case 'open-block':
        this.#open();
        break;
      case 'throw':
        await this.#say(1, 10);
        this.#open();
        throw new Error('The agent of the simulation throws.');
      case 'fail':
        await this.#say(1, 10);
        return { status: 'failed', code: 'agent-failed', message: 'It gave up.', retryable: false };
      case 'endless':
        await this.#say(1, 10);
        this.#open();
        await this.#aborted();
        signal.throwIfAborted();
        break;
      case 'stubborn':
        this.#open();
        await new Promise(() => {});
        break;
      case 'late':
        await this.#say(1, 10);
        await Promise.race([this.#aborted(), world.wait(2_000)]);
        for (let word = 0; word < 3; word += 1) {
          port.emit('log', { level: 'info', message: `late ${word}` });
          await world.wait(random.below(40));
        }
        break;
      case 'flush':
        await this.#flush();
        break;
      case 'events':
        await this.#events();
        break;
      case 'flood':
        await this.#flood();
        break;
      case 'two-blocks':
        await this.#twoBlocks();
        break;
      case 'large':
        await this.#large();
        break;
      case 'crash':
        await this.#say(1, 10);
        this.#open();
        await world.wait(random.below(60));
        world.crash();
        await new Promise(() => {});
        break;
      default:
        recipe satisfies never;
    }
    return { status: 'completed', usage: { inputTokens: 1, outputTokens: 2 } };
  }

  #open(): string {
    const { port } = this.#parts;
    const id = port.newId();
    port.emit('block:start', { block: { id, type: 'assistant_text', status: 'pending', content: '' } });
    port.emit('block:delta', { blockId: id, delta: this.#words() });
    return id;
  }

  async #say(deltas: number, pauseMs: number): Promise<void> {
    const { port, world } = this.#parts;
    const id = port.newId();
    const type = world.random.chance(0.2) ? 'thinking' : 'assistant_text';
    port.emit('block:start', { block: { id, type, status: 'pending', content: '' } });
    let content = '';
    for (let index = 0; index < deltas; index += 1) {
      const delta = this.#words();
      content += delta;
      port.emit('block:delta', { blockId: id, delta });
      await world.wait(world.random.below(pauseMs));
    }
    const block: Block = { id, type, status: 'complete', content };
    port.emit('block:complete', { blockId: id, block });
  }

  async #tool(hasResult: boolean): Promise<void> {
    const { port, world } = this.#parts;
    const [id, toolUseId] = [port.newId(), port.newId()];
    const use: Block = { id, type: 'tool_use', status: 'pending', toolName: 'look', toolUseId, input: {} };
    port.emit('block:start', { block: use });
    await world.wait(world.random.below(50));
    port.emit('block:complete', {
      blockId: id,
      block: { ...use, status: 'complete', input: { at: this.#words() } },
    });
    await world.wait(world.random.below(200));
    if (!hasResult) return;
    const resultId = port.newId();
    const result: Block = {
      ...{ id: resultId, type: 'tool_result', status: 'pending' },
      ...{ toolUseId, output: this.#words(), isError: false },
    };
    port.emit('block:start', { block: result });
    port.emit('block:complete', { blockId: resultId, block: { ...result, status: 'complete' } });
  }

  async #flush(): Promise<void> {
    const { port, world, context, signal, turn } = this.#parts;
    const id = this.#open();
    let text = '';
    for (let index = 0; index < 3; index += 1) {
      const delta = `${index}:${this.#words()}`;
      text += delta;
      port.emit('block:delta', { blockId: id, delta });
      // At once, or after something else: by then it may be on its way to the disk.
      if (world.random.chance(0.5)) await world.wait(world.random.below(40));
      await port.flushed();
      if (signal.aborted) return;
      world.flushed(context, turn.runId);
      await world.wait(world.random.below(100));
    }
    port.emit('block:complete', {
      ...{ blockId: id, block: { id, type: 'assistant_text', status: 'complete', content: text } },
    });
  }

  async #events(): Promise<void> {
    const { port, world } = this.#parts;
    for (let index = 0; index < 4; index += 1) {
      port.emit('app:event', { name: 'step', data: { index, words: this.#words() } });
      port.emit('log', { level: index % 2 === 0 ? 'info' : 'warn', message: this.#words() });
      if (index === 2) port.emit('error', { code: 'half-way', message: 'It goes on.' });
      await world.wait(world.random.below(80));
    }
  }

  /** Many small events in one go, then as the log takes them. */
  async #flood(): Promise<void> {
    const { port, world } = this.#parts;
    const id = this.#open();
    for (let index = 0; index < 40; index += 1) {
      const isRoom = port.emit('block:delta', { blockId: id, delta: `${index} ${this.#words()} ` });
      if (index % 13 === 0) port.emit('log', { level: 'debug', message: `${index}` });
      if (!isRoom) await port.drained();
      if (world.random.chance(0.1)) await world.wait(5);
    }
  }

  /** Two blocks grow side by side. */
  async #twoBlocks(): Promise<void> {
    const { port, world } = this.#parts;
    const ids = [this.#open(), this.#open()];
    for (let index = 0; index < 6; index += 1) {
      for (const id of ids) port.emit('block:delta', { blockId: id, delta: this.#words() });
      if (world.random.chance(0.5)) await world.wait(world.random.below(30));
    }
  }

  async #large(): Promise<void> {
    const { port, world } = this.#parts;
    const isQuick = world.random.chance(0.5);
    for (let index = 0; index < 4; index += 1) {
      const data = this.#words().padEnd(60_000 + world.random.below(50_000), 'x');
      if (!port.emit('app:event', { name: 'large', data })) {
        world.reached('agent awaits drained');
        await port.drained();
      }
      if (!isQuick) await world.wait(world.random.below(100));
    }
    await this.#say(2, 10);
  }

  #aborted(): Promise<void> {
    const { signal } = this.#parts;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Of the message, so that what must stay in a tenant is in what the agent says. */
  #words(): string {
    const { turn, world } = this.#parts;
    return `${/canary-[a-z]+/.exec(turn.text)?.[0] ?? ''} ${world.random.below(1_000)} `;
  }
}
