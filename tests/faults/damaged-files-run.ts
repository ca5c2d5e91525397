import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../support/seeded-random.ts';
import { type DamagePlan, damagesOf } from './support/damages.ts';
import { type Examined, examineDamaged } from './support/examine-damaged.ts';
import { copyDatabase, type WrittenDatabase } from './support/written-database.ts';

/** One server looks at a damaged copy while another starts: the start of a thread is most of the time. */
const AT_ONCE = 2;

export interface DamageReport {
  readonly damages: number;
  /** How many ended how. */
  readonly outcomes: Readonly<Record<Examined['outcome'], number>>;
  /** What must never be, with the damage that made it so. */
  readonly violations: readonly string[];
}

/** Damages copies of a database in so many ways, and starts a server on each. */
export async function damagedFilesRun(
  parent: string,
  written: WrittenDatabase,
  { seed, plan }: { readonly seed: number; readonly plan: DamagePlan },
): Promise<DamageReport> {
  const damages = damagesOf(written.directory, plan, seededRandom(seed, 'damaged files'));
  const waiting = [...damages.entries()];
  const outcomes = { refused: 0, 'damage told': 0, 'end lost': 0, 'nothing seen': 0 };
  const violations: string[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [turn, damage] = next;
      const directory = copyDatabase(written.directory, join(parent, `damaged-${turn}`));
      damage.apply(directory);
      const { outcome, violations: found } = await examineDamaged(directory, written, { damage, turn });
      outcomes[outcome] += 1;
      violations.push(...found.map((violation) => `${damage.name}: ${violation}`));
      rmSync(directory, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { damages: damages.length, outcomes, violations };
}
