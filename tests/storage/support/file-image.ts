/** What a disk keeps, or may keep, of one file. */
export class FileImage {
  #bytes: Buffer;
  #length: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What lies between the end and a write beyond it reads as zeros. */
  write(offset: number, bytes: Buffer): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.bytes.copy(grown);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, offset);
    this.#length = Math.max(this.#length, end);
  }

  truncate(length: number): void {
    if (length > this.#length) this.write(length - 1, Buffer.alloc(1));
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  copy(): FileImage {
    return new FileImage(Buffer.from(this.bytes));
  }
}
