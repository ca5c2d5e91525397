import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What some tests need and not every machine has. */
export type Ability =
  | 'trace'
  | 'inject'
  | 'mount'
  | 'network-namespaces'
  | 'packet-filter'
  | 'traffic-shaper'
  | 'resource-limits';

const abilities: Record<Ability, { readonly needs: string; isThere(): boolean }> = {
  trace: { needs: 'strace', isThere: () => succeeds('strace', '-o', '/dev/null', 'true') },
  inject: {
    needs: 'strace with -e inject',
    isThere: () => succeeds('strace', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true'),
  },
  mount: { needs: 'the right to mount', isThere: canMount },
  'network-namespaces': {
    needs: 'ip and the right to make network namespaces',
    isThere: () => succeeds('unshare', '--net', 'ip', 'link', 'set', 'lo', 'up'),
  },
  'packet-filter': {
    needs: 'nft',
    isThere: () => succeeds('unshare', '--net', 'nft', 'add', 'table', 'inet', 'probe'),
  },
  'traffic-shaper': {
    needs: 'tc with tbf',
    isThere: () =>
      succeeds(
        'unshare',
        '--net',
        ...'tc qdisc add dev lo root tbf rate 64kbit burst 2kb limit 8kb'.split(' '),
      ),
  },
  'resource-limits': { needs: 'prlimit', isThere: () => succeeds('prlimit', '--nofile=64', 'true') },
};

/**
 * True, with a notice, when the machine lacks what a test needs: `test.skipIf(lacks('mount'))(…)`. A test is never left
 * out without a word.
 */
export function lacks(...wanted: readonly Ability[]): boolean {
  const missing = wanted.filter((ability) => !abilities[ability].isThere());
  for (const ability of missing)
    console.warn(`Some tests are skipped: this machine lacks ${abilities[ability].needs}.`);
  return missing.length > 0;
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'perdure-mount-'));
  try {
    if (!succeeds('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place)) return false;
    return succeeds('umount', place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
