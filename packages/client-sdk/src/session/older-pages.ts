import { type SessionState, windowSessionState } from '@perdure/protocol';

/** How far back the pages of a conversation were read. */
export interface OlderPage {
  /** What asks for the next page; none: begin with the newest blocks. */
  readonly cursor: string | undefined;
  /** Blocks that were fetched, beyond those that are kept anyway. */
  readonly fetched: number;
}

export type OlderPages = Readonly<Record<string, OlderPage>>;

export interface Windowed<S extends SessionState | undefined> {
  readonly state: S;
  readonly older: OlderPages;
}

/** Drops completed blocks beyond the bound. Where that makes a hole below fetched pages, they are read from the start again. */
export function windowBlocks<S extends SessionState | undefined>(
  state: S,
  older: OlderPages,
  keepBlocks: number,
): Windowed<S> {
  if (state === undefined) return { state, older };
  const fetched = Object.values(older).reduce((sum, page) => sum + page.fetched, 0);
  const windowed = windowSessionState(state, keepBlocks + fetched);
  if (windowed === state) return { state, older };
  const kept = Object.entries(older).map(([id, page]) => {
    const isWhole = windowed.conversations[id]?.blocks === state.conversations[id]?.blocks;
    return [id, isWhole ? page : { ...page, cursor: undefined }] as const;
  });
  return { state: windowed as S, older: Object.fromEntries(kept) };
}
