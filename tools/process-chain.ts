import { execFileSync } from 'node:child_process';

interface Ancestor {
  pid: number;
  parent: number;
  command: string;
}

/**
 * The package managers above this process, nearest first, with the shells between them: `npx pnpm perdure` is
 * npx > sh > pnpm > sh > here. What stands above the topmost of them (a terminal, a service) is not included.
 */
export function packageManagersAbove(pid = process.ppid): number[] {
  const chain: Ancestor[] = [];
  for (let next = lookUp(pid); next && next.pid > 1; next = lookUp(next.parent)) chain.push(next);
  const topmost = chain.findLastIndex(({ command }) => /(^|[\s/])(npm|npx|pnpm)(\s|$)/.test(command));
  return chain.slice(0, topmost + 1).map((ancestor) => ancestor.pid);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function lookUp(pid: number): Ancestor | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', `${pid}`], { encoding: 'utf8' });
    const [, parent, command] = /(\d+)\s+(.*)/.exec(line) ?? [];
    return command === undefined ? undefined : { pid, parent: Number(parent), command };
  } catch {
    return undefined; // gone, or there is no `ps` here
  }
}
