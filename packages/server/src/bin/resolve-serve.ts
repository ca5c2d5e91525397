import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/load-config.ts';
import type { AgentRuntimeOptions, PerdureConfig } from '../config/runtime-options.ts';
import { configInvalid } from '../config/config-error.ts';
import { echoAgent } from '../environment/echo-agent.ts';
import type { ListenOptions } from '../runtime-interface.ts';
import type { ServeFlags } from './serve.ts';

export interface ServePlan {
  readonly options: AgentRuntimeOptions;
  readonly listen: ListenOptions;
  /** Sentences for whoever started the server. */
  readonly warnings: readonly string[];
}

/** Flags win over the environment, and both over the config file; without one the server hosts `echo`. */
export async function resolveServe(flags: ServeFlags): Promise<ServePlan> {
  const agents = { echo: echoAgent() };
  const { listen: configured, ...config }: PerdureConfig =
    flags.config === undefined ? { agents } : await loadConfig(flags.config, agents);
  const given = await readTokens(flags);
  const tokens = given === undefined ? config.tokens : [...given, ...(config.tokens ?? [])];
  if (tokens !== undefined && config.authenticate !== undefined) {
    throw configInvalid(
      'tokens',
      'the config has authenticate too, and only one of them can say who someone is.',
    );
  }
  const warnings =
    flags.token === undefined
      ? []
      : ['--token stands in the process list, where others on this machine read it. Prefer --token-file.'];
  return {
    options: {
      ...config,
      ...(flags.data === undefined ? {} : { store: { type: 'sqlite', directory: flags.data } }),
      ...(tokens === undefined ? {} : { tokens }),
      ...(flags.origin === undefined ? {} : { origins: flags.origin.flatMap((origin) => origin.split(',')) }),
      ...(flags.publicUrl === undefined ? {} : { publicUrl: flags.publicUrl }),
      ...(flags.logLevel === undefined ? {} : { logger: flags.logLevel }),
    },
    listen: { port: flags.port ?? configured?.port, host: flags.host ?? configured?.host },
    warnings,
  };
}

/** The tokens of the flags; `undefined`: none were asked for. */
async function readTokens({ tokenFile, token }: ServeFlags): Promise<readonly string[] | undefined> {
  const own = token === undefined ? [] : [token];
  if (tokenFile === undefined) return token === undefined ? undefined : own;
  const lines = (await readTokenFile(tokenFile)).split('\n').map((line) => line.trim());
  const tokens = [...own, ...lines.filter((line) => line !== '')];
  if (tokens.length === 0)
    throw configInvalid('--token-file', `${tokenFile} holds no token. Write one a line.`);
  return tokens;
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw configInvalid('--token-file', `${path} cannot be read (${code}).`);
  }
}
