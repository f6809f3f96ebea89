/**
 * Names that this program asks for, as small numbers: a received head is searched by number, and a name that nobody
 * knows costs next to nothing.
 */

import type { NameSet } from '../../api/headers.ts'
import { flatString } from './flat-string.ts'

/** The number of every other name. */
export const UNKNOWN_NAME = 0

/** The number of a line that was removed. Fits the seven bits that a line has for it. */
export const REMOVED_LINE = 127

/**
 * Position + 1 is the number. Names up to number 93 have presence bits, the first 31 of them in the word that is looked
 * at first: they are asked for in nearly every message. New names go to the end.
 */
const NAMES = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'keep-alive',
  'proxy-connection',
  'via',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-client-cert',
  'user-agent',
  'content-type',
  'server',
  'date',
  'cookie',
  'x-envoy-internal',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-client-trace-id',
  'grpc-status',
  'grpc-timeout',
  'http2-settings',
  'x-envoy-upstream-service-time',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-original-path',
  'x-envoy-attempt-count',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-max-retries',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-decorator-operation',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-original-host',
  'x-envoy-overloaded',
  'x-envoy-degraded',
  'x-envoy-ratelimited',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-healthchecked-cluster',
  'grpc-message',
  'location',
  'retry-after',
  'authorization',
  'origin',
  'trailer',
  'cache-control',
  'accept',
  'accept-encoding',
  'content-encoding',
  'grpc-accept-encoding',
  'if-match',
  'if-none-match',
  'pragma',
  'referer',
  'access-control-request-method',
  'access-control-request-headers',
  'access-control-request-private-network',
  'access-control-allow-origin',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-credentials',
  'etag',
  'vary',
  'age',
  'expires',
  'last-modified',
  'x-envoy-original-url',
  'cdn-loop',
] as const

export type KnownName = (typeof NAMES)[number]

const NAMES_PER_WORD = 31

/** Names by number. */
const NAME_OF: readonly string[] = ['', ...NAMES]

/** The number of a name of the list; for constants. */
function idOf(name: KnownName): number {
  return NAMES.indexOf(name) + 1
}

export const HOST = idOf('host')
export const CONTENT_LENGTH = idOf('content-length')
export const TRANSFER_ENCODING = idOf('transfer-encoding')
export const CONNECTION = idOf('connection')
export const UPGRADE = idOf('upgrade')
export const PROXY_CONNECTION = idOf('proxy-connection')

/** How a line of that name begins on the wire. */
export function lineStart(name: string): string {
  return '\r\n' + name + ': '
}

/** The same by number. */
export const LINE_STARTS: readonly string[] = ['', ...NAMES.map((name) => flatString(lineStart(name)))]

/** Presence bits of names, as maps have them: of the numbers 1…31, 32…62 and 63…93. */
export function nameSet(names: readonly KnownName[]): NameSet {
  const words: [number, number, number] = [0, 0, 0]
  for (const name of names) {
    const at = idOf(name) - 1
    words[Math.floor(at / NAMES_PER_WORD) as 0 | 1 | 2] |= 1 << (at % NAMES_PER_WORD)
  }
  return { low: words[0], high: words[1], top: words[2] }
}

const SLOTS = 2048

const HASHED = buildHashTable()

/**
 * Where a name (lower case) is looked for in the table. Its low five bits are also the name's bit in the word by which a
 * map knows most absent names at one look, whether they have a number or not.
 */
export function nameSlot(name: string): number {
  const { length } = name
  return slotOf(length, name.charCodeAt(0), name.charCodeAt(length >> 1), name.charCodeAt(length - 1))
}

/** The same of the name in `bytes`. */
export function nameSlotAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  return slotOf(length, bytes[start]!, bytes[start + (length >> 1)]!, bytes[end - 1]!)
}

/** The number of a name in lower case. Several times as quick as a Map from strings. */
export function nameId(name: string): number {
  return nameIdIn(nameSlot(name), name)
}

/** The same for a name whose slot is known. */
export function nameIdIn(slot: number, name: string): number {
  const { ids } = HASHED
  for (let id = ids[slot]!; id !== 0; id = ids[slot]!) {
    if (NAME_OF[id] === name) return id
    slot = (slot + 1) & (SLOTS - 1)
  }
  return UNKNOWN_NAME
}

/**
 * The number of the name in `bytes` (lower case) with that slot. A few bytes said where it would be in the table; here
 * every byte is compared, as whoever sends a header chooses its hash too.
 */
export function nameIdAt(slot: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const { ids, starts } = HASHED
  for (let id = ids[slot]!; id !== 0; id = ids[slot]!) {
    const from = starts[id]!
    if (starts[id + 1]! - from === length) {
      let i = 0
      while (i < length && bytes[start + i] === HASHED.bytes[from + i]) i++
      if (i === length) return id
    }
    slot = (slot + 1) & (SLOTS - 1)
  }
  return UNKNOWN_NAME
}

function slotOf(length: number, first: number, middle: number, last: number): number {
  return (length * 77 + first * 5 + middle * 29 + last * 151) & (SLOTS - 1)
}

function buildHashTable(): { ids: Uint8Array; starts: Uint16Array; bytes: Uint8Array } {
  const ids = new Uint8Array(SLOTS)
  const starts = new Uint16Array(NAMES.length + 2)
  const bytes = new Uint8Array(Buffer.from(NAMES.join(''), 'latin1'))
  let at = 0
  NAMES.forEach((name, index) => {
    const { length } = name
    starts[index + 1] = at
    let slot = slotOf(length, bytes[at]!, bytes[at + (length >> 1)]!, bytes[at + length - 1]!)
    while (ids[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
    ids[slot] = index + 1
    at += length
  })
  starts[NAMES.length + 1] = at
  return { ids, starts, bytes }
}
