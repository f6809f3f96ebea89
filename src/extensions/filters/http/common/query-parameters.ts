/** The query parameters of a path, decoded, and how Envoy writes them again: sorted by name. */
export class QueryParameters {
  readonly #values = new Map<string, string[]>()

  constructor(path: string) {
    const start = path.indexOf('?')
    if (start < 0) return
    const parts = path.slice(start + 1).split('&')
    // An empty part is a parameter without a name, but not at the end.
    if (parts.at(-1) === '') parts.pop()
    for (const part of parts) {
      const equals = part.indexOf('=')
      const name = equals < 0 ? part : part.slice(0, equals)
      this.add(decode(name), equals < 0 ? '' : decode(part.slice(equals + 1)))
    }
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** The first of this name. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  add(name: string, value: string): void {
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  set(name: string, value: string): void {
    this.#values.set(name, [value])
  }

  remove(name: string): void {
    this.#values.delete(name)
  }

  /** `path` with these parameters instead of its own. */
  writtenInto(path: string): string {
    const start = path.indexOf('?')
    let out = start < 0 ? path : path.slice(0, start)
    let mark = '?'
    // Wire text sorts by its bytes.
    for (const name of [...this.#values.keys()].toSorted(byBytes)) {
      for (const value of this.#values.get(name)!) {
        out += `${mark}${name}=${value}`
        mark = '&'
      }
    }
    return out
  }
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : 1
}

/** `%xx` with two hexadecimal digits becomes its byte, everything else stays. */
function decode(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
