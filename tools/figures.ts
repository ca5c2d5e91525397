// `pnpm figures`: puts what the long runs recorded (reports/figures.jsonl) into the table of docs/proof.md. Of several
// figures of one thing the last counts; one that was not measured this time keeps its line.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '@perdure/tests/figure';
import { mergeFigures } from './figure-table.ts';
import { repositoryRoot } from './run-command.ts';

const page = join(repositoryRoot, 'docs', 'proof.md');
const figures = readFileSync(join(repositoryRoot, 'reports', 'figures.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Figure);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
writeFileSync(page, mergeFigures(readFileSync(page, 'utf8'), figures, `${machine}, at ${commit}`));
