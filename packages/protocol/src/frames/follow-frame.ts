import * as z from 'zod';
import { envelopeSchema, type AnyEvent } from '../events/session-event.ts';
import { cursorSchema } from '../schema-parts.ts';
import { sessionStateSchema, type SessionState } from '../state/session-state-schema.ts';

/** Why a snapshot comes instead of events: first visit, too many gaps, a log of another claim, a place past the end, or one retained away. */
export const snapshotReasonSchema = z.enum(['start', 'gap', 'epoch', 'ahead', 'retention']);
export type SnapshotReason = z.infer<typeof snapshotReasonSchema>;

export const snapshotFrameSchema = z.object({
  kind: z.literal('snapshot'),
  cursor: cursorSchema,
  reason: snapshotReasonSchema,
  state: sessionStateSchema,
  live: z.boolean(),
});

export const eventsFrameSchema = z.object({
  kind: z.literal('events'),
  /** The place of `through`. */
  cursor: cursorSchema,
  /** The follower's place before the frame. */
  after: z.int().min(0),
  /** The last place examined: between `after` and `through` nothing else is for this follower. */
  through: z.int().min(0),
  events: z.array(envelopeSchema),
  live: z.boolean(),
});

export const followFrameSchema = z.discriminatedUnion('kind', [snapshotFrameSchema, eventsFrameSchema]);

export interface SnapshotFrame {
  readonly kind: 'snapshot';
  readonly cursor: string;
  readonly reason: SnapshotReason;
  readonly state: SessionState;
  /** True on the frame that brings the follower to the head. */
  readonly live: boolean;
}

export interface EventsFrame {
  readonly kind: 'events';
  readonly cursor: string;
  readonly after: number;
  readonly through: number;
  readonly events: readonly AnyEvent[];
  readonly live: boolean;
}

/** What a follower receives. */
export type FollowFrame = SnapshotFrame | EventsFrame;
