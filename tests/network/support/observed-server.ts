// A program of its own: a server that tells its parent what it holds.
// node --conditions=@perdure/source observed-server.ts '<ObservedServerPlan as JSON>'
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AgentRuntimeOptions, type Authorizer, createAgentRuntime } from '@perdure/server';
import { countingLimiter } from './counting-limiter.ts';
import type { ObservedServerPlan, ServerReport } from './start-observed-server.ts';
import { tellReports } from './reporting-process.ts';
import { talkingAgent } from './talking-agent.ts';

const { directory, port, host, publicUrl, tokens, limits } = JSON.parse(
  process.argv[2] ?? '{}',
) as ObservedServerPlan;
const limiter = limits === 'default' ? undefined : countingLimiter();
const everyoneMay: Authorizer = {
  authorize: async () => 'allow',
  visible: ({ tenantId }) => ({ tenantId }),
};
const access: Partial<AgentRuntimeOptions> =
  limits === 'default'
    ? { authenticate: ({ credential }) => ({ id: credential ?? 'nobody' }), authorizer: everyoneMay }
    : { tokens, limiter };
const runtime = createAgentRuntime({
  agents: { talker: talkingAgent() },
  store: { type: 'sqlite', directory, durability: 'process' },
  logger: 'silent',
  publicUrl,
  ...access,
});
const { url } = await runtime.listen({ port, host });

/** Followers by the token they came with; a credential's name is what a server keeps of its token. */
function followersOf(): Record<string, number> {
  const held = limiter?.heldBy('sessionFollowersPerPrincipal') ?? {};
  const idOf = (token: string) => createHash('sha256').update(token).digest('hex');
  return Object.fromEntries((tokens ?? []).map((token) => [token, held[idOf(token)] ?? 0]));
}

/** A field of /proc/self/status in bytes. */
function memoryOf(field: 'VmRSS' | 'VmHWM'): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
  return Number(line?.[1] ?? 0) * 1_024;
}

function report(): ServerReport {
  return {
    followers: limiter?.held('sessionFollowersPerPrincipal') ?? {},
    followersOf: followersOf(),
    rssBytes: memoryOf('VmRSS'),
    mostRssBytes: memoryOf('VmHWM'),
    heapBytes: process.memoryUsage().heapUsed,
  };
}

tellReports({ url }, report);
