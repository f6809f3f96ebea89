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

  /** Addresses of `name` in the order of the file, maybe none of this family; undefined: it does not know the name. */
  lookUp(name: string, family: Family): readonly string[] | undefined {
    this.#refresh()
    const addresses = this.#entries.get(name.toLowerCase().replace(/\.$/, ''))
    return addresses?.filter(family === 4 ? isIPv4 : isIPv6)
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

export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const entries = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address === undefined || address === '') continue
    for (const name of names) {
      const key = name.toLowerCase()
      const addresses = entries.get(key)
      if (addresses === undefined) entries.set(key, [address])
      else if (!addresses.includes(address)) addresses.push(address)
    }
  }
  return entries
}
