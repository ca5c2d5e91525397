// What a traced program says, one line each: before it asks the store for something, and after it was answered.
import type { SessionKey } from '../../../packages/server/src/store/session-store.ts';

export type Report =
  | { readonly say: 'sends'; readonly name: string; readonly number: number; readonly claims: boolean }
  | {
      readonly say: 'committed';
      readonly name: string;
      readonly number: number;
      readonly key: SessionKey;
      readonly epoch: number;
    }
  | { readonly say: 'compacts' | 'compacted'; readonly name: string; readonly before: number }
  | { readonly say: 'removes' | 'removed'; readonly name: string }
  | { readonly say: 'copies' | 'copied'; readonly target: string };

export function parseReports(text: string): Report[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report);
}
