import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPerdureError } from '@perdure/protocol';
import { checkConfig } from './check-options.ts';
import { configInvalid } from './config-error.ts';
import type { PerdureConfig } from './runtime-options.ts';

const extensions = ['.ts', '.mts', '.js', '.mjs', '.json'];

/** Loads a config file: the default export of a module, or JSON, which can name no agents and gets those given here. */
export async function loadConfig(path: string, agents: PerdureConfig['agents']): Promise<PerdureConfig> {
  const file = resolve(path);
  const extension = extname(file);
  if (!extensions.includes(extension)) {
    throw configInvalid('--config', `${path} must end in ${extensions.join(', ')}.`);
  }
  const content = await read(file, extension, path);
  const config = typeof content === 'object' && content !== null ? { agents, ...content } : content;
  checkConfig(config);
  return config as PerdureConfig;
}

async function read(file: string, extension: string, path: string): Promise<unknown> {
  try {
    if (extension === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    if (module.default === undefined) throw configInvalid('--config', `${path} has no default export.`);
    return module.default;
  } catch (error) {
    if (isPerdureError(error)) throw error;
    throw configInvalid('--config', `${path} cannot be loaded: ${reasonOf(error, extension)}`);
  }
}

/** Of JSON only the place: the words of its parser hold what stands there, which may be a token. */
function reasonOf(error: unknown, extension: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SyntaxError && extension === '.json')) return message;
  const place = /\(line \d+ column \d+\)/.exec(message)?.[0];
  return place === undefined ? 'it is not JSON.' : `it is not JSON ${place}.`;
}
