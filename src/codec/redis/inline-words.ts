/**
 * A line of words as a person types them into a terminal, with quotes around some. A server that answers one is none of
 * Redis, but whoever reads it has to know where it ends; the words themselves are not kept.
 */
const CR = 13
const DOUBLE = 34
const SINGLE = 39
const BACKSLASH = 92
const LOWER_X = 120

/** Words in a line, as elements in an array. */
const MOST_WORDS = 2_000_000

type State =
  | 'between'
  | 'after-quotes'
  | 'word'
  | 'double'
  | 'double-escape'
  | 'double-hex'
  | 'single'
  | 'single-escape'

export class InlineWords {
  #state: State = 'between'
  #words = 0
  #hexDigits = 0

  start(): void {
    this.#state = 'between'
    this.#words = 0
  }

  /** One byte of the line. 'end': it was the CR. */
  take(byte: number): 'more' | 'end' | 'error' {
    switch (this.#state) {
      case 'between':
        return this.#between(byte)
      case 'after-quotes':
        if (byte === CR) return 'end'
        if (!isSpace(byte)) return 'error'
        this.#state = 'between'
        return 'more'
      case 'word':
        if (byte === CR) return 'end'
        if (byte === DOUBLE) return 'error'
        if (isSpace(byte)) this.#state = 'between'
        return 'more'
      default:
        return this.#quoted(this.#state, byte)
    }
  }

  #between(byte: number): 'more' | 'end' | 'error' {
    if (byte === CR) return 'end'
    if (isSpace(byte)) return 'more'
    if (this.#words++ >= MOST_WORDS) return 'error'
    this.#state = byte === DOUBLE ? 'double' : byte === SINGLE ? 'single' : 'word'
    return 'more'
  }

  #quoted(state: State, byte: number): 'more' | 'error' {
    // What does not belong to an escape is looked at as if there had been none.
    if (state === 'single-escape' && byte !== SINGLE) state = 'single'
    if (state === 'double-hex' && !isHex(byte)) state = 'double'
    if (byte === CR) return 'error'
    this.#state = this.#afterQuoted(state, byte)
    return 'more'
  }

  #afterQuoted(state: State, byte: number): State {
    switch (state) {
      case 'double':
        return byte === DOUBLE ? 'after-quotes' : byte === BACKSLASH ? 'double-escape' : 'double'
      case 'double-escape':
        this.#hexDigits = 0
        return byte === LOWER_X ? 'double-hex' : 'double'
      case 'double-hex':
        return ++this.#hexDigits === 2 ? 'double' : 'double-hex'
      case 'single-escape':
        return 'single'
      default:
        return byte === SINGLE ? 'after-quotes' : byte === BACKSLASH ? 'single-escape' : 'single'
    }
  }
}

/** The C library's, of its plain locale. */
export function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

function isHex(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
}
