import { join } from 'node:path';
import type { PostgresServer } from '../../../packages/server/src/testing/postgres-server.ts';
import { compareStores } from './compare-stores.ts';
import { openStores } from './played-stores.ts';

export interface LaneOptions {
  readonly histories: number;
  readonly seed: number;
  readonly directory: string;
  readonly server: PostgresServer;
}

/** Histories played at the same time, each on stores of its own: most of the time is spent waiting for answers. */
const LANES = 5;
/** Those in which PostgreSQL plays too: it is slower than all the others together. */
const POSTGRES_LANES = 2;

export interface LanesCompared {
  readonly steps: number;
  /** Histories that PostgreSQL played too. */
  readonly onPostgres: number;
}

/** Compares the stores on so many histories. */
export async function compareInLanes(options: LaneOptions): Promise<LanesCompared> {
  const { histories, seed, directory, server } = options;
  const play = async (lane: number) => {
    const postgres = lane < POSTGRES_LANES ? server : undefined;
    await using opened = await openStores(join(directory, `${lane}`), postgres);
    return await compareStores({ histories: histories / LANES, seed: seed + lane, stores: opened.stores });
  };
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => play(lane)));
  const steps = lanes.reduce((sum, lane) => sum + lane.steps, 0);
  return { steps, onPostgres: (histories / LANES) * POSTGRES_LANES };
}
