/** The JA3 fingerprint of a client: numbers of its ClientHello, hashed. */
import { numbersOf } from './byte-cursor.ts'
import type { ClientHello } from './client-hello.ts'
import { ExtensionType, extensionOf, isGrease } from './client-hello.ts'

/** MD5 in hexadecimal digits. */
export function ja3Hash(hello: ClientHello): string {
  return new Bun.CryptoHasher('md5').update(ja3Text(hello)).digest('hex')
}

export function ja3Text(hello: ClientHello): string {
  const types = hello.extensions.map(({ type }) => type)
  // The length in front is not looked at, as in Envoy.
  const groups = numbersOf(extensionOf(hello, ExtensionType.supportedGroups)?.subarray(2) ?? NOTHING)
  const formats = [...(extensionOf(hello, ExtensionType.ecPointFormats)?.subarray(1) ?? NOTHING)]
  // GREASE stays among the groups, as in Envoy.
  const lists = [hello.cipherSuites.filter(isKnown), types.filter(isKnown), groups, formats]
  return `${hello.version},${lists.map((list) => list.join('-')).join(',')}`
}

function isKnown(value: number): boolean {
  return !isGrease(value)
}

const NOTHING = new Uint8Array(0)
