/**
 * Finds the virtual host of a request by its Host: the exact name, else the longest suffix wildcard (`*.foo.com`,
 * `*-bar.foo.com`), else the longest prefix wildcard (`foo.*`), else `*`. A wildcard never stands for nothing.
 */
export interface DomainConflict {
  readonly kind: 'duplicate' | 'second-wildcard'
  readonly domain: string
}

export class VirtualHostIndex<T> {
  readonly #exact = new Map<string, T>()
  /** Longest first, so that the first hit is the best. */
  readonly #suffixes: { length: number; hosts: Map<string, T> }[] = []
  readonly #prefixes: { length: number; hosts: Map<string, T> }[] = []
  #default: T | undefined = undefined

  /** The host of `*` when there is no other, so that nothing has to be looked up. */
  get onlyDefault(): T | undefined {
    return this.#exact.size === 0 && this.#suffixes.length === 0 && this.#prefixes.length === 0
      ? this.#default
      : undefined
  }

  /** Adds one entry of `domains`; the conflict when it is already taken. */
  add(domain: string, host: T): DomainConflict | undefined {
    const name = domain.toLowerCase()
    if (name === '*') {
      if (this.#default !== undefined) return { kind: 'second-wildcard', domain: name }
      this.#default = host
      return undefined
    }
    const table = this.#tableFor(name)
    if (table.hosts.has(table.key)) return { kind: 'duplicate', domain: name }
    table.hosts.set(table.key, host)
    return undefined
  }

  /** `host` must be lower case. */
  find(host: string): T | undefined {
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    for (const { length, hosts } of this.#suffixes) {
      if (length >= host.length) continue
      const found = hosts.get(host.slice(host.length - length))
      if (found !== undefined) return found
    }
    for (const { length, hosts } of this.#prefixes) {
      if (length >= host.length) continue
      const found = hosts.get(host.slice(0, length))
      if (found !== undefined) return found
    }
    return this.#default
  }

  #tableFor(name: string): { key: string; hosts: Map<string, T> } {
    if (name.startsWith('*')) return { key: name.slice(1), hosts: bucket(this.#suffixes, name.length - 1) }
    if (name.endsWith('*')) return { key: name.slice(0, -1), hosts: bucket(this.#prefixes, name.length - 1) }
    return { key: name, hosts: this.#exact }
  }
}

function bucket<T>(buckets: { length: number; hosts: Map<string, T> }[], length: number): Map<string, T> {
  const found = buckets.find((candidate) => candidate.length === length)
  if (found !== undefined) return found.hosts
  const hosts = new Map<string, T>()
  buckets.push({ length, hosts })
  buckets.sort((a, b) => b.length - a.length)
  return hosts
}
