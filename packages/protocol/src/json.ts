/** A value that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON object, as metadata and options are. */
export type JsonObject = { [key: string]: Json };
