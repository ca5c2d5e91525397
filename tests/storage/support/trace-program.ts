import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTrace, type TracedCall, tracedCalls } from './parse-trace.ts';

/** Runs a program of `programs` to its end and answers with each call by which it changed something under `directory`. */
export function traceProgram(name: string, directory: string, ...args: readonly string[]): TracedCall[] {
  const program = join(import.meta.dirname, '..', 'programs', `${name}.ts`);
  const output = join(directory, 'trace');
  const flags = ['-f', '--seccomp-bpf', '-y', '-xx', '-s', '10000000', '-e', 'signal=none'];
  const traced = ['-e', `trace=${tracedCalls.join()}`, '-o', output];
  const node = [process.execPath, '--conditions=@perdure/source', program, directory, ...args];
  const { status, stderr } = spawnSync('strace', [...flags, ...traced, ...node], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The traced program ended with ${status}:\n${stderr}`);
  return parseTrace(readFileSync(output, 'latin1'), `${directory}/`);
}
