/** Values by ranges of IP addresses: a look-up for each prefix length that occurs, the longest first. */
import type { IpBits } from './ip-bits.ts'
import { maskIp } from './ip-bits.ts'

export interface IpPrefix {
  readonly bits: IpBits
  /** At most what the family has. */
  readonly length: number
}

interface Level<T> {
  readonly family: 4 | 6
  readonly length: number
  readonly values: Map<string, T[]>
}

export class IpPrefixMap<T> {
  /** The longest prefix first. */
  readonly #levels: Level<T>[] = []

  /** Values of one range keep their order. */
  add({ bits, length }: IpPrefix, value: T): void {
    const level = this.#level(bits.family, length)
    const key = keyOf(bits, length)
    const values = level.values.get(key)
    if (values === undefined) level.values.set(key, [value])
    else values.push(value)
  }

  /** The first value of the longest range that holds the address. */
  longest(ip: IpBits): T | undefined {
    for (const level of this.#levels) {
      const values = level.family === ip.family ? level.values.get(keyOf(ip, level.length)) : undefined
      if (values !== undefined) return values[0]
    }
    return undefined
  }

  /** Of every range that holds the address, the longest first. */
  all(ip: IpBits): readonly T[] {
    return this.#levels.flatMap((level) =>
      level.family === ip.family ? (level.values.get(keyOf(ip, level.length)) ?? []) : [],
    )
  }

  #level(family: 4 | 6, length: number): Level<T> {
    const found = this.#levels.find((level) => level.family === family && level.length === length)
    if (found !== undefined) return found
    const level = { family, length, values: new Map<string, T[]>() }
    this.#levels.push(level)
    this.#levels.sort((a, b) => b.length - a.length)
    return level
  }
}

function keyOf(ip: IpBits, length: number): string {
  return maskIp(ip, length).words.join(':')
}
