/** A page of what can be large ends with the item that reaches this: a hundred of a megabyte each would stop everyone. */
export const PAGE_BYTES = 1_048_576;
