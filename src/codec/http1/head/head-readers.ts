/**
 * The readers of heads of all connections with the same settings on a thread. A connection has one from the first byte of
 * a head to its last; mostly they are the same byte of the same chunk, and one reader serves everybody.
 */
export class HeadReaders<Reader> {
  readonly #make: () => Reader
  #spare: Reader | undefined = undefined

  constructor(make: () => Reader) {
    this.#make = make
  }

  take(): Reader {
    const reader = this.#spare ?? this.#make()
    this.#spare = undefined
    return reader
  }

  /** Of a reader that completed a head, and whose head was taken. */
  give(reader: Reader): void {
    this.#spare = reader
  }
}
