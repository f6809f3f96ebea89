/** /etc/hosts (hosts(5)), read again when it changes. */
import { readFileSync, statSync } from 'node:fs'
import { isIPv4, isIPv6 } from './ip-literal.ts'

export type Family = 4 | 6

export class HostsFile {
  readonly #path: string
  #modifiedMs = Number.NaN
  #entries: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(path = '/etc/hosts') {
    this.#path = path
  }

  /** Addresses of `name` of these families in the order of the file; others do not count. */
  lookUp(name: string, families: readonly Family[]): readonly string[] {
    this.#refresh()
    const addresses = this.#entries.get(name.toLowerCase().replace(/\.$/, '')) ?? []
    return addresses.filter((address) => families.includes(isIPv4(address) ? 4 : 6))
  }

  #refresh(): void {
    const modifiedMs = modificationTimeOf(this.#path)
    if (modifiedMs === this.#modifiedMs) return
    this.#modifiedMs = modifiedMs
    this.#entries = modifiedMs === 0 ? new Map() : parseHosts(readFileSync(this.#path, 'utf8'))
  }
}

/** 0: there is no such file. */
function modificationTimeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Lines belong together, as c-ares sees it, when they have the address or a name in common: each name among them has all of
 * their addresses. Those that do not begin with an address are none.
 */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, string[]>()
  const byAddress = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!isIPv4(address) && !isIPv6(address)) continue
    const keys = names.map((name) => name.toLowerCase())
    const known = keys.find((key) => byName.has(key))
    const entry = byAddress.get(address) ?? (known === undefined ? [] : byName.get(known)!)
    if (!byAddress.has(address)) {
      byAddress.set(address, entry)
      entry.push(address)
    }
    for (const key of keys) if (!byName.has(key)) byName.set(key, entry)
  }
  return byName
}
