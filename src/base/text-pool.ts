/** Gives equal texts the same memory. Those of late are remembered, so what is never seen again costs little. */
export class TextPool {
  readonly #most: number
  readonly #texts = new Map<string, string>()

  constructor(most: number) {
    this.#most = most
  }

  of(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= this.#most) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
