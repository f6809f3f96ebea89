/** A stat's full name, split at its dots. */
export interface StatName {
  readonly text: string
  readonly tokens: readonly string[]
  /** Where each token begins in the text. */
  readonly starts: readonly number[]
}

export function splitName(text: string): StatName {
  const tokens = text.split('.')
  const starts: number[] = []
  let at = 0
  for (const token of tokens) {
    starts.push(at)
    at += token.length + 1
  }
  return { text, tokens, starts }
}

/** The text of tokens `first` to `last`, both included. */
export function tokensText(name: StatName, first: number, last: number): string {
  return name.text.slice(name.starts[first], endOf(name, last))
}

export function endOf(name: StatName, token: number): number {
  return (name.starts[token] ?? 0) + (name.tokens[token]?.length ?? 0)
}
