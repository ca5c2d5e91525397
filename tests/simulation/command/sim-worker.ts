// Plays the seeds that it is sent, one after the other, and tells of each as it ends.
import { runSeed } from '../world/run-seed.ts';
import { reportOf, type SeedOrder } from './seed-report.ts';

process.on('message', (order: SeedOrder) => void play(order));
process.on('disconnect', () => process.exit());

async function play({ seeds, mode }: SeedOrder): Promise<void> {
  for (const seed of seeds) {
    const report = reportOf(await runSeed(seed, { mode }));
    await new Promise<void>((resolve) => {
      process.send?.(report, () => resolve());
    });
  }
}
