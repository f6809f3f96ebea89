/**
 * Reads the PROXY protocol header that a connection begins with, from all bytes that have come so far, each time that more of
 * them did. Which bytes are enough to tell what is as in Envoy.
 */
import { V2_FIXED_LENGTH, V2_SIGNATURE, readV2Header } from './read-v2-header.ts'
import type { ProxyHeader } from './proxy-header.ts'
import { readV1Header } from './read-v1-header.ts'

export interface ProxyHeaderSettings {
  /** A connection may do without. */
  readonly optional: boolean
  readonly allowsV1: boolean
  readonly allowsV2: boolean
}

/** none: the connection does without, and may. disallowed: this version is not wanted. error: it is nothing at all. */
export type ProxyHeaderOutcome = ProxyHeader | 'more' | 'none' | 'disallowed' | 'error'

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1')
/** With its CR LF. */
const V1_MAX_LENGTH = 108
const CR = 13
const LF = 10

export class ProxyHeaderReader {
  /** Once it is known. */
  version: 1 | 2 | undefined = undefined
  readonly #settings: ProxyHeaderSettings
  /** No line ends before. */
  #searched = 1

  constructor(settings: ProxyHeaderSettings) {
    this.#settings = settings
  }

  /** `bytes`: one at least. */
  read(bytes: Uint8Array): ProxyHeaderOutcome {
    const { optional, allowsV1, allowsV2 } = this.#settings
    if (optional) {
      const mayBeV2 = allowsV2 && startsLike(bytes, V2_SIGNATURE)
      const mayBeV1 = allowsV1 && startsLike(bytes, V1_SIGNATURE)
      if (!mayBeV1 && !mayBeV2) return 'none'
    }
    if (bytes.length < V2_FIXED_LENGTH) return this.#readV1(bytes)
    if (startsLike(bytes, V2_SIGNATURE)) {
      this.version = 2
      return allowsV2 ? (readV2Header(bytes) ?? 'error') : 'disallowed'
    }
    return startsLike(bytes, V1_SIGNATURE) ? this.#readV1(bytes) : 'error'
  }

  #readV1(bytes: Uint8Array): ProxyHeaderOutcome {
    const end = this.#findLineEnd(bytes)
    if (this.#searched > V1_MAX_LENGTH) return 'error'
    if (end === undefined) return 'more'
    this.version = 1
    if (!this.#settings.allowsV1) return 'disallowed'
    return readV1Header(Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')) ?? 'error'
  }

  /** Where the first line ends. */
  #findLineEnd(bytes: Uint8Array): number | undefined {
    for (; this.#searched < bytes.length; this.#searched++) {
      if (bytes[this.#searched] !== LF || bytes[this.#searched - 1] !== CR) continue
      // With CR LF the signature of version 2 begins.
      return this.#searched === 1 ? undefined : ++this.#searched
    }
    return undefined
  }
}

/** As far as there is something of both. */
function startsLike(bytes: Uint8Array, signature: Uint8Array): boolean {
  const length = Math.min(bytes.length, signature.length)
  for (let i = 0; i < length; i++) if (bytes[i] !== signature[i]) return false
  return true
}
