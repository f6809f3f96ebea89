/** A long text from many short ones, as bytes in UTF-8: pieces that are encoded early are gone early. */
export class TextChunks {
  readonly #chunks: Uint8Array[] = []
  #text = ''
  #parts = 0

  add(text: string): void {
    this.#text += text
    if (++this.#parts === PARTS || this.#text.length > LENGTH) this.#encode()
  }

  /** All of it so far. */
  get bytes(): readonly Uint8Array[] {
    this.#encode()
    return this.#chunks
  }

  get text(): string {
    return Buffer.concat(this.bytes).toString('utf8')
  }

  #encode(): void {
    if (this.#text !== '') this.#chunks.push(Buffer.from(this.#text, 'utf8'))
    this.#text = ''
    this.#parts = 0
  }
}

/** A chunk is then some hundred kilobytes: so many short texts, or so many characters of long ones. */
const PARTS = 4096
const LENGTH = 1 << 18
