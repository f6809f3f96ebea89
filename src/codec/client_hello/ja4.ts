/** The JA4 fingerprint of a TLS client: `t13d1516h2_<hash of suites>_<hash of extensions>`. */
import { ByteCursor, numbersOf } from './byte-cursor.ts'
import type { ClientHello } from './client-hello.ts'
import { ExtensionType, extensionOf, isGrease } from './client-hello.ts'

export function ja4Fingerprint(hello: ClientHello): string {
  const suites = hello.cipherSuites.filter(isKnown)
  const types = hello.extensions.map(({ type }) => type).filter(isKnown)
  const hasName = types.includes(ExtensionType.serverName) ? 'd' : 'i'
  const start = `t${versionOf(hello)}${hasName}${twoDigits(suites.length)}${twoDigits(types.length)}${protocolOf(hello)}`
  return `${start}_${suitesHash(suites)}_${extensionsHash(hello, types)}`
}

const VERSIONS: Readonly<Record<number, string>> = { 0x0304: '13', 0x0303: '12', 0x0302: '11', 0x0301: '10' }

function versionOf(hello: ClientHello): string {
  const data = extensionOf(hello, ExtensionType.supportedVersions)
  const offered = data === undefined ? NOTHING : new ByteCursor(data).part8()
  if (offered === undefined) return '00'
  const highest = Math.max(0, ...numbersOf(offered).filter(isKnown))
  return VERSIONS[highest === 0 ? hello.version : highest] ?? '00'
}

/** First and last character of the first protocol; of what are no letters or digits, hexadecimal digits. */
function protocolOf(hello: ClientHello): string {
  const data = extensionOf(hello, ExtensionType.alpn)
  const name = data === undefined ? undefined : new ByteCursor(data.subarray(2)).part8()
  const first = name?.[0]
  const last = name?.at(-1)
  if (first === undefined || last === undefined) return '00'
  const text = String.fromCharCode(first, last)
  return /^[0-9a-zA-Z]{2}$/.test(text) ? text : (first >>> 4).toString(16) + (last & 15).toString(16)
}

function suitesHash(suites: readonly number[]): string {
  return suites.length === 0 ? NO_HASH : shortHash(sortedHex(suites))
}

/** Name and protocols are told elsewhere; the order of signature algorithms says something, that of extensions does not. */
function extensionsHash(hello: ClientHello, types: readonly number[]): string {
  const others = types.filter((type) => type !== ExtensionType.serverName && type !== ExtensionType.alpn)
  if (others.length === 0) return NO_HASH
  const algorithms = numbersOf(extensionOf(hello, ExtensionType.signatureAlgorithms)?.subarray(2) ?? NOTHING)
  const list = sortedHex(others)
  return shortHash(algorithms.length === 0 ? list : `${list}_${algorithms.map(hex).join(',')}`)
}

const NO_HASH = '000000000000'

function shortHash(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, NO_HASH.length)
}

function sortedHex(numbers: readonly number[]): string {
  return [...numbers]
    .sort((a, b) => a - b)
    .map(hex)
    .join(',')
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}

function twoDigits(count: number): string {
  return `${Math.min(count, 99)}`.padStart(2, '0')
}

function isKnown(value: number): boolean {
  return !isGrease(value)
}

const NOTHING = new Uint8Array(0)
