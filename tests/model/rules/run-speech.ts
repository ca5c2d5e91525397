import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent, Block } from '@perdure/protocol';
import { markOf, type Script, wordOf } from '../server/script.ts';

/** A block as the log tells it. */
interface ToldBlock {
  readonly block: Block;
  /** Written by the server, for a call that had no result when its run ended. */
  readonly isServers: boolean;
}

/** What a listener makes of a block: its kind, and its words or what stands in it. */
type Heard = readonly [type: Block['type'], said: unknown];

/** How much of its script a run has to have said. */
export type Extent =
  /** All of it, or all up to the error that it ends with. */
  | 'whole'
  /** All up to where it waits to be told to go on. */
  | 'until-wait'
  /** Any beginning of it. */
  | 'beginning';

/** The blocks and notes of one run, folded by hand: nothing of the product's own fold is in here. */
export class RunSpeech {
  readonly #blocks: ToldBlock[] = [];
  readonly #asides: string[] = [];

  take({ type, payload, source }: AnyEvent): void {
    const told = payload as Partial<Record<'blockId' | 'delta' | 'message' | 'name', string>> & {
      readonly block?: Block;
      readonly data?: { readonly mark?: string };
    };
    switch (type) {
      case 'block:start':
        if (told.block === undefined) throw new Error('it has no block');
        if (this.#blocks.some(({ block }) => block.id === told.block?.id))
          throw new Error('the block is there already');
        this.#blocks.push({ block: { ...told.block, status: 'pending' }, isServers: source === 'server' });
        return;
      case 'block:delta':
        this.#change(
          told.blockId,
          (block) => ({ ...block, content: `${contentOf(block)}${told.delta}` }) as Block,
        );
        return;
      case 'block:complete':
        this.#change(told.blockId, () => told.block as Block);
        return;
      case 'log':
        this.#asides.push(told.message ?? '');
        return;
      case 'app:event':
        this.#asides.push(`${told.name} ${told.data?.mark}`);
        return;
      default:
        throw new Error('an agent says no such thing');
    }
  }

  get hasOpenBlock(): boolean {
    return this.#blocks.some(({ block }) => block.status === 'pending');
  }

  /** Whether the last it said is that it waits. */
  get isWaiting(): boolean {
    return this.#asides.at(-1)?.startsWith('waiting ') ?? false;
  }

  /** What is wrong with what was said, given the script. */
  faultOf(script: Script, extent: Extent): string | undefined {
    const said = utterancesOf(script);
    const heard = this.#blocks.filter(({ isServers }) => !isServers).map(({ block }) => heardOf(block));
    const ends = said
      .map(({ stops }, index) => (stops === extent ? index + 1 : -1))
      .filter((end) => end >= 0);
    const lengths = extent === 'beginning' ? said.map((_, index) => index) : ends;
    const whole = extent === 'until-wait' ? [] : [said.length];
    const fits = [...lengths, ...whole].some((length) => {
      const part = partOf(said.slice(0, length));
      return isDeepStrictEqual(part.blocks, heard) && isDeepStrictEqual(part.asides, this.#asides);
    });
    if (fits) return this.#faultOfEnds(said);
    return `it said ${JSON.stringify({ heard, asides: this.#asides })}, which is not ${extent} of "${script.tag}"`;
  }

  /** A text that the agent itself completed is whole, and each call has one result. */
  #faultOfEnds(said: readonly Utterance[]): string | undefined {
    const { blocks } = partOf(said);
    const own = this.#blocks.filter(({ isServers }) => !isServers);
    const short = own.find(
      ({ block }, index) => block.status === 'complete' && !isDeepStrictEqual(heardOf(block), blocks[index]),
    );
    if (short !== undefined) return `block ${short.block.id} is complete and not whole`;
    const calls = this.#blocks.flatMap(({ block }) => (block.type === 'tool_use' ? [block.toolUseId] : []));
    const results = this.#blocks.flatMap(({ block }) =>
      block.type === 'tool_result' ? [block.toolUseId] : [],
    );
    if (this.hasOpenBlock) return undefined;
    return isDeepStrictEqual(calls.toSorted(), results.toSorted()) ? undefined : 'a call has not one result';
  }

  /** What the ends that the server gave it should have been: how blocks stand, and what results of calls say. */
  faultOfEnd(status: Block['status'], output: string): string | undefined {
    for (const { block, isServers } of this.#blocks) {
      if (block.status !== 'complete' && block.status !== status)
        return `block ${block.id} ended as ${block.status}`;
      if (isServers && (block.type !== 'tool_result' || !block.isError || block.output !== output))
        return `block ${block.id} of the server is no result "${output}"`;
    }
    return undefined;
  }

  #change(id: string | undefined, change: (block: Block) => Block): void {
    const index = this.#blocks.findIndex(({ block }) => block.id === id);
    const told = this.#blocks[index];
    if (told?.block.status !== 'pending') throw new Error(`block ${id} is not open`);
    this.#blocks[index] = { ...told, block: change(told.block) };
  }
}

interface Utterance {
  readonly word?: readonly [type: Block['type'], text: string];
  readonly block?: Heard;
  readonly aside?: string;
  /** It waits after this. */
  readonly stops?: 'until-wait';
}

/** What an agent says for a script, piece by piece. */
function utterancesOf({ tag, steps }: Script): Utterance[] {
  const thrown = steps.findIndex(({ kind }) => kind === 'throw');
  return (thrown === -1 ? steps : steps.slice(0, thrown)).flatMap((step, index): Utterance[] => {
    const mark = markOf(tag, index);
    switch (step.kind) {
      case 'say':
      case 'think': {
        const type = step.kind === 'say' ? 'assistant_text' : 'thinking';
        return Array.from({ length: step.words }, (_, word) => ({ word: [type, wordOf(tag, index, word)] }));
      }
      case 'tool':
        return [{ block: ['tool_use', { mark }] }, { block: ['tool_result', { mark }] }];
      case 'call':
        return [{ block: ['tool_use', { mark }] }];
      case 'note':
      case 'bulk':
        return [{ aside: mark }];
      case 'tell':
        return [{ aside: `told ${mark}` }];
      case 'wait':
        return [{ aside: `waiting ${mark}`, stops: 'until-wait' }];
      case 'flush':
      case 'haunt':
      case 'throw':
        return [];
      default:
        return step satisfies never;
    }
  });
}

/** Words of one kind that follow each other are one block, whatever notes come between. */
function partOf(said: readonly Utterance[]): {
  readonly blocks: readonly Heard[];
  readonly asides: readonly string[];
} {
  const blocks: Heard[] = [];
  for (const { word, block } of said) {
    const last = blocks.at(-1);
    if (block !== undefined) blocks.push(block);
    else if (word !== undefined && last?.[0] === word[0])
      blocks[blocks.length - 1] = [word[0], `${last[1]}${word[1]}`];
    else if (word !== undefined) blocks.push(word);
  }
  return { blocks, asides: said.flatMap(({ aside }) => aside ?? []) };
}

function heardOf(block: Block): Heard {
  if (block.type === 'tool_use') return [block.type, block.input];
  if (block.type === 'tool_result') return [block.type, block.output];
  return [block.type, contentOf(block)];
}

function contentOf(block: Block): unknown {
  return 'content' in block ? block.content : undefined;
}
