import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantedFaults } from '../planted-faults/planted-fault.ts';
import { requirements } from '../requirements.ts';
import { repositoryRoot } from './source-file.ts';

interface Sentence {
  readonly text: string;
  readonly ids: readonly string[];
}

const page = readFileSync(join(repositoryRoot, 'docs', 'guarantees.md'), 'utf8');

/** Points of the page: what is promised, and the ids of the requirements that hold it. */
function sentencesIn(markdown: string): Sentence[] {
  const points = markdown.split(/\n(?=- )/).slice(1);
  return points.map((point) => {
    const text = point.split('\n\n')[0] ?? '';
    return { text, ids: [...text.matchAll(/`([A-Z]\d+)`/g)].map(([, id]) => id ?? '') };
  });
}

describe('docs/guarantees.md', () => {
  it('promises only what requirements hold that are claimed', () => {
    const sentences = sentencesIn(page);
    expect(sentences.length).toBeGreaterThan(30);
    expect(sentences.filter(({ ids }) => ids.length === 0)).toEqual([]);
    expect(sentences.flatMap(({ ids }) => ids).filter((id) => !(id in requirements))).toEqual([]);
  });

  it('sees a promise that nothing holds', () => {
    expect(sentencesIn('# G\n\n- One. `A1`\n- Two\n  lines.\n\nAnd `B1`.')).toEqual([
      { text: '- One. `A1`', ids: ['A1'] },
      { text: '- Two\n  lines.', ids: [] },
    ]);
  });

  it('has a planted fault for each guarantee that the simulator can see', () => {
    const named = new Set([...page.matchAll(/^## (G\d+) /gm)].map(([, id]) => id));
    const broken = new Set(plantedFaults().flatMap(({ breaks }) => breaks));
    expect([...broken].filter((id) => !named.has(id))).toEqual([]);
    expect([...named].filter((id) => !broken.has(id ?? ''))).toEqual(['G10', 'G12']);
  });
});
