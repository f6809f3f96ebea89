/** Tags of address ranges: one look for each length of a prefix, however many ranges there are. */
import { formatIp, maskIp, parseIp } from '../../../../base/ip-bits.ts'
import type { CidrRange } from '../../../../config/cidr-range.ts'

export interface TaggedRange {
  readonly range: CidrRange
  readonly tag: string
}

interface Length {
  readonly family: 4 | 6
  readonly bits: number
  /** By masked address. */
  readonly tags: Map<string, string[]>
}

export class TagTable {
  readonly #lengths: readonly Length[]

  constructor(ranges: readonly TaggedRange[]) {
    const lengths = new Map<string, Length>()
    for (const { range, tag } of ranges) {
      const [ip = ''] = range.text.split('/')
      const family = ip.includes(':') ? 6 : 4
      const key = `${family}/${range.prefixLength}`
      const length = lengths.get(key) ?? { family, bits: range.prefixLength, tags: new Map<string, string[]>() }
      lengths.set(key, length)
      const tags = length.tags.get(ip)
      if (tags === undefined) length.tags.set(ip, [tag])
      else tags.push(tag)
    }
    this.#lengths = [...lengths.values()].toSorted((one, other) => one.bits - other.bits)
  }

  /** Of the widest range first; a tag once. */
  tagsOf(ip: string): readonly string[] {
    const bits = parseIp(ip)
    if (bits === undefined) return []
    const found: string[] = []
    for (const length of this.#lengths) {
      if (length.family !== bits.family) continue
      for (const tag of length.tags.get(formatIp(maskIp(bits, length.bits))) ?? []) {
        if (!found.includes(tag)) found.push(tag)
      }
    }
    return found
  }
}
