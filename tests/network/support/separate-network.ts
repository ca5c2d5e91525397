import { execFileSync } from 'node:child_process';
import {
  type ObservedServer,
  type ObservedServerPlan,
  startObservedServer,
} from './start-observed-server.ts';

/** Which packets do not arrive: `up` those of the client, `down` those of the server. */
export type Outage = 'both' | 'up' | 'down';

/** A server in a network of its own, joined to this one by a cable that can be cut. */
export interface SeparateServer extends AsyncDisposable {
  readonly server: ObservedServer;
  /** Under which this network reaches it. */
  readonly url: string;
  /** Drops packets from now on: nobody is told. */
  cut(outage: Outage): void;
  heal(): void;
  /** Lets so many bits a second through, each way; needs `tc`. */
  slow(bitsPerSecond: number): void;
}

const PORT = 4_870;
/** What the queue before a slow cable holds. */
const QUEUE_SECONDS = 1;

/** Starts a server behind a cable. The network is gone with its process. */
export async function startSeparateServer(
  plan: Pick<ObservedServerPlan, 'directory' | 'tokens'>,
): Promise<SeparateServer> {
  // Addresses and names that no other test of this machine has: they follow from the process.
  const block = process.pid * 7 + Math.floor(Math.random() * 16_384);
  const [high, low] = [(block >> 6) & 255, (block & 63) * 4];
  const [near, far] = [`10.231.${high}.${low + 1}`, `10.231.${high}.${low + 2}`];
  const url = `http://${far}:${PORT}`;
  const server = await startObservedServer({ ...plan, port: PORT, host: '0.0.0.0', publicUrl: url }, [
    'unshare',
    '--net',
  ]);
  const [nearLink, farLink] = [`pn${server.pid}`, `pf${server.pid}`];
  const here = (...args: string[]) => {
    execFileSync(args[0] ?? '', args.slice(1));
  };
  const there = (...args: string[]) => here('nsenter', '-t', String(server.pid), '-n', ...args);
  here('ip', 'link', 'add', nearLink, 'type', 'veth', 'peer', 'name', farLink, 'netns', String(server.pid));
  for (const [run, link, address] of [
    [here, nearLink, near],
    [there, farLink, far],
  ] as const) {
    run('ip', 'address', 'add', `${address}/30`, 'dev', link);
    run('ip', 'link', 'set', link, 'up');
  }
  const drop = (hook: 'input' | 'output', match: string) => [
    `add chain inet cut ${hook} { type filter hook ${hook} priority 0; }`,
    `add rule inet cut ${hook} ${match} "${farLink}" drop`,
  ];
  return {
    server,
    url,
    cut: (outage) => {
      const commands = [
        'add table inet cut',
        ...(outage === 'down' ? [] : drop('input', 'iifname')),
        ...(outage === 'up' ? [] : drop('output', 'oifname')),
      ];
      there('nft', commands.join('\n'));
    },
    heal: () => there('nft', 'delete table inet cut'),
    slow: (bitsPerSecond) => {
      const queueBytes = Math.round((bitsPerSecond / 8) * QUEUE_SECONDS);
      const limit = ['tbf', 'rate', `${bitsPerSecond}bit`, 'burst', '2kb', 'limit', String(queueBytes)];
      there('tc', 'qdisc', 'add', 'dev', farLink, 'root', ...limit);
      here('tc', 'qdisc', 'add', 'dev', nearLink, 'root', ...limit);
    },
    [Symbol.asyncDispose]: () => server.kill(),
  };
}
