import type { ErrorBody, FollowInput } from '@perdure/protocol';

/** What a client says over its wire. */
export type UpMessage =
  | { readonly id: number; readonly follow: FollowInput }
  | { readonly id: number; readonly stop: true };

/** What a server says. A frame is put in as the text that it is. */
export type DownMessage =
  | { readonly id: number; readonly started: true }
  | { readonly id: number; readonly frame: unknown }
  | { readonly id: number; readonly ended: true }
  | { readonly id: number; readonly error: ErrorBody };

export const frameMessage = (id: number, json: string) => `{"id":${id},"frame":${json}}`;
