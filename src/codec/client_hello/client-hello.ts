/** What a TLS client says first (RFC 8446 §4.1.2), as far as routing and fingerprints need it. */
import { ByteCursor, numbersOf } from './byte-cursor.ts'

export interface ClientHello {
  /** `legacy_version`. */
  readonly version: number
  readonly cipherSuites: readonly number[]
  /** In the client's order; each type once. */
  readonly extensions: readonly HelloExtension[]
}

export interface HelloExtension {
  readonly type: number
  readonly data: Uint8Array
}

export const ExtensionType = {
  serverName: 0,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  encryptedClientHello: 0xfe0d,
} as const

const MAX_SESSION_ID = 32

/** The body of the handshake message; undefined when it is none. Parts are not copied. */
export function readClientHello(body: Uint8Array): ClientHello | undefined {
  const cursor = new ByteCursor(body)
  const version = cursor.u16()
  const random = cursor.take(32)
  const sessionId = cursor.part8()
  const suites = cursor.part16()
  const compression = cursor.part8()
  if (version === undefined || random === undefined || sessionId === undefined) return undefined
  if (suites === undefined || compression === undefined) return undefined
  if (sessionId.length > MAX_SESSION_ID || suites.length < 2 || suites.length % 2 !== 0) return undefined
  if (compression.length === 0) return undefined
  const extensions = cursor.left === 0 ? [] : readExtensions(cursor)
  return extensions && { version, cipherSuites: numbersOf(suites), extensions }
}

/** The rest of the message, without extensions that come twice. */
function readExtensions(cursor: ByteCursor): HelloExtension[] | undefined {
  const block = cursor.part16()
  if (block === undefined || cursor.left > 0) return undefined
  const inner = new ByteCursor(block)
  const extensions: HelloExtension[] = []
  const seen = new Set<number>()
  while (inner.left > 0) {
    const type = inner.u16()
    const data = inner.part16()
    if (type === undefined || data === undefined || seen.has(type)) return undefined
    seen.add(type)
    extensions.push({ type, data })
  }
  return extensions
}

export function extensionOf({ extensions }: ClientHello, type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data
}

/** Values that clients mix in so that servers get used to what they do not know (RFC 8701). */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff)
}
