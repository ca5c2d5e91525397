/** Rows that one slice takes out: taking out 50,000 at once held every other write up for over half a second. */
export const SLICE_ROWS = 200;
/** Rows that one slice looks at: about two milliseconds, where a log has few deltas among many other rows. */
export const SLICE_EXAMINED = 2_000;
