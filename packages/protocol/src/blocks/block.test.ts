import { describe, expect, it } from 'vitest';
import { type Block, type BlockType, blockSchema } from './block.ts';
import { isEmptyText, isStreamed } from './block-rules.ts';

const base = {
  id: 'b1',
  status: 'complete',
  parentId: 'b0',
  metadata: { shown: true },
  seq: 7,
  at: '2026-01-01T00:00:07.000Z',
  runId: 'r1',
  agent: 'writer',
} as const;

/** Every type with every field it can have. */
const fixtures: { [T in BlockType]: Extract<Block, { type: T }> } = {
  user_message: {
    ...base,
    type: 'user_message',
    content: [
      { type: 'text', text: 'look' },
      { type: 'image', attachmentId: 'a1', name: 'a.png', mediaType: 'image/png', size: 3 },
      { type: 'file', attachmentId: 'a2', name: 'a.csv', mediaType: 'text/csv', size: 0 },
    ],
  },
  assistant_text: { ...base, type: 'assistant_text', content: 'good day', model: 'small' },
  thinking: { ...base, type: 'thinking', content: 'hm', summary: 'thought' },
  tool_use: {
    ...base,
    type: 'tool_use',
    toolName: 'read',
    toolUseId: 'u1',
    input: { path: 'a.txt', lines: [1, null] },
    displayName: 'Read a file',
    description: 'Reads a.txt',
  },
  tool_result: {
    ...base,
    type: 'tool_result',
    toolUseId: 'u1',
    output: ['one', { two: 2 }],
    isError: false,
    durationMs: 1.5,
    renderOutputAsMarkdown: true,
  },
  system: { ...base, type: 'system', subtype: 'status', message: 'resumed' },
  subagent: {
    ...base,
    type: 'subagent',
    subagentId: 't1',
    toolUseId: 'u2',
    name: 'helper',
    input: 'find it',
    description: 'Searches',
    output: 'found',
    durationMs: 20,
  },
  error: { ...base, type: 'error', message: 'no credit', code: 'quota' },
  skill_load: { ...base, type: 'skill_load', skillName: 'tables', content: '# Tables' },
};

describe('the nine types of block', () => {
  it.each(Object.entries(fixtures))('[C1] %s comes through the schema as it went', (_type, block) => {
    expect(blockSchema.parse(JSON.parse(JSON.stringify(block)))).toEqual(block);
  });

  it('[C1] there are nine, and the schema knows no other', () => {
    const types = blockSchema.options.map((option) => option.shape.type.value);
    expect(Object.keys(fixtures).sort()).toEqual([...types].sort());
    expect(types).toHaveLength(9);
    expect(blockSchema.safeParse({ ...fixtures.error, type: 'poem' }).success).toBe(false);
  });

  it('[C1] each fixture has every field that its type can have', () => {
    for (const option of blockSchema.options) {
      const fixture = fixtures[option.shape.type.value];
      expect(Object.keys(fixture).sort()).toEqual(Object.keys(option.shape).sort());
    }
  });

  it('text, thinking and a loaded skill grow by deltas', () => {
    const streamed = Object.values(fixtures).filter(isStreamed);
    expect(streamed.map(({ type }) => type)).toEqual(['assistant_text', 'thinking', 'skill_load']);
  });

  it('only text and thinking say nothing when they are empty', () => {
    const empty = Object.values(fixtures).map((block) => ({ ...block, content: '' }) as Block);
    expect(empty.filter(isEmptyText).map(({ type }) => type)).toEqual(['assistant_text', 'thinking']);
    expect(Object.values(fixtures).some(isEmptyText)).toBe(false);
  });
});
