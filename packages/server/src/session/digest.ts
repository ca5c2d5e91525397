/** A collision-free short name of a text, such as SHA-256 in hexadecimal. */
export type Digest = (text: string) => string;
