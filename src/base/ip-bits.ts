/**
 * IP addresses as bits and as text. Text is read as inet_pton reads it (four decimal parts without leading zeros; RFC
 * 4291 §2.2) and written as inet_ntop writes it (RFC 5952), so that equal addresses have equal text.
 */

/** IPv4: one word. IPv6: four, the most significant first. Words are unsigned. */
export interface IpBits {
  readonly family: 4 | 6
  readonly words: readonly number[]
  /** Number of the interface that an IPv6 address belongs to (RFC 4007 §11); 0 or absent: none. */
  readonly zone?: number
}

/** Undefined when this is no address. A zone is a number (`%2`); no brackets, no spaces. */
export function parseIp(text: string): IpBits | undefined {
  const percent = text.indexOf('%')
  if (percent >= 0) return parseScoped(text.slice(0, percent), text.slice(percent + 1))
  if (!text.includes(':')) {
    const word = parseIp4(text)
    return word < 0 ? undefined : { family: 4, words: [word] }
  }
  const words = parseIp6(text)
  return words === undefined ? undefined : { family: 6, words }
}

function parseScoped(address: string, zone: string): IpBits | undefined {
  const words = /^\d{1,10}$/.test(zone) && Number(zone) <= MAX_ZONE ? parseIp6(address) : undefined
  return words === undefined ? undefined : { family: 6, words, zone: Number(zone) }
}

const MAX_ZONE = 2 ** 32 - 1

export function formatIp(ip: IpBits): string {
  if (ip.family === 4) return formatIp4(ip.words[0]!)
  const { zone = 0 } = ip
  return zone === 0 ? formatIp6(ip.words) : `${formatIp6(ip.words)}%${zone}`
}

/** fe80::/10, and multicast to one link (ff02:: and the like): the addresses that mean something only with a zone. */
export function isLinkLocal({ family, words: [first = 0] }: IpBits): boolean {
  return family === 6 && (first >>> 22 === 0x3fa || (first & 0xff0f0000) >>> 0 === 0xff020000)
}

/** The IPv4 address inside `::ffff:a.b.c.d`; undefined for every other address. */
export function unmapIp(ip: IpBits): IpBits | undefined {
  const [a, b, c, d] = ip.words
  if (ip.family !== 6 || a !== 0 || b !== 0 || c !== 0xffff) return undefined
  return { family: 4, words: [d!] }
}

/** The first `length` bits of both are equal. Different families never match. */
export function samePrefix(a: IpBits, b: IpBits, length: number): boolean {
  if (a.family !== b.family) return false
  for (let i = 0; length > 0; i++, length -= 32) {
    const mask = length >= 32 ? -1 : -1 << (32 - length)
    if (((a.words[i]! ^ b.words[i]!) & mask) !== 0) return false
  }
  return true
}

/** The address with everything behind the first `length` bits cleared. */
export function maskIp(ip: IpBits, length: number): IpBits {
  const words = ip.words.map((word, i) => {
    const bits = length - i * 32
    if (bits >= 32) return word
    return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0
  })
  return { family: ip.family, words }
}

function parseIp4(text: string): number {
  let word = 0
  let part = -1
  let parts = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46
    if (code === 46) {
      if (part < 0 || parts === 4) return -1
      word = word * 256 + part
      parts++
      part = -1
    } else {
      const digit = code - 48
      if (digit < 0 || digit > 9 || part === 0) return -1
      part = part < 0 ? digit : part * 10 + digit
      if (part > 255) return -1
    }
  }
  return parts === 4 ? word : -1
}

function parseIp6(text: string): readonly number[] | undefined {
  const gap = text.indexOf('::')
  if (gap < 0) return pack(groupsOf(text, 8, true))
  if (text.includes('::', gap + 1)) return undefined
  const head = groupsOf(text.slice(0, gap), 7, false)
  const tail = groupsOf(text.slice(gap + 2), 7, true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  return missing < 1 ? undefined : pack([...head, ...Array.from({ length: missing }, () => 0), ...tail])
}

/** At most `most` 16-bit groups; the last two of an address may be written as an IPv4 address. */
function groupsOf(text: string, most: number, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const word = parseIp4(part)
      if (word < 0) return undefined
      groups.push(Math.floor(word / 65536), word % 65536)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(parseInt(part, 16))
    }
  }
  return groups.length > most ? undefined : groups
}

function pack(groups: readonly number[] | undefined): readonly number[] | undefined {
  if (groups?.length !== 8) return undefined
  return [0, 2, 4, 6].map((i) => groups[i]! * 65536 + groups[i + 1]!)
}

function formatIp4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

function formatIp6(words: readonly number[]): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  const [start, end] = longestZeroRun(groups)
  // Mapped and compatible addresses show their IPv4 part, as inet_ntop does.
  if (start === 0 && (end === 6 || (end === 5 && groups[5] === 0xffff))) {
    return `::${end === 5 ? 'ffff:' : ''}${formatIp4(words[3]!)}`
  }
  const hex = groups.map((group) => group.toString(16))
  if (end - start < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(end).join(':')}`
}

/** The first of the longest runs of zero groups. */
function longestZeroRun(groups: readonly number[]): readonly [start: number, end: number] {
  let best: readonly [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best[1] - best[0]) best = [start, end]
  }
  return best
}
