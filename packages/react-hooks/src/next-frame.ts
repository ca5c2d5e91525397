/** Calls `flush` once, when the screen is next drawn; the returned function takes that back. */
export type ScheduleFrame = (flush: () => void) => () => void;

/** Pages that are not shown get no animation frames: there, and where there is no screen, a timer stands in. */
const HIDDEN_MS = 250;
const WITHOUT_SCREEN_MS = 16;

export const nextFrame: ScheduleFrame = (flush) => {
  const { requestAnimationFrame, cancelAnimationFrame } = globalThis as Partial<typeof globalThis>;
  if (requestAnimationFrame === undefined || cancelAnimationFrame === undefined) {
    const timer = setTimeout(flush, WITHOUT_SCREEN_MS);
    return () => clearTimeout(timer);
  }
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const run = () => {
    cancel();
    flush();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, HIDDEN_MS);
  return cancel;
};
