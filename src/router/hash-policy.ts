/**
 * envoy.config.route.v3.RouteAction.HashPolicy: which parts of a request decide, together, where balancers that hash
 * send it.
 */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { HashCookie, HashPolicy } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { HashKey } from '../api/upstream.ts'
import { toWireText } from '../base/wire-text.ts'
import { xxHash64 } from '../base/xx-hash64.ts'
import { readRegexRewrite } from '../config/matchers/regex-config.ts'
import { cookieValue } from './cookies.ts'
import { queryParameters } from './query-parameters.ts'

type AddCookie = (cookie: HashCookie) => string
type Method = (headers: RequestHeaders, streamInfo: StreamInfo, addCookie: AddCookie | undefined) => bigint | undefined

interface Policy {
  readonly method: Method
  /** What follows is not looked at once there is a hash. */
  readonly terminal: boolean
}

/** undefined without policies. */
export function readHashPolicy(reader: Reader): HashPolicy | undefined {
  const policies = reader.messages('hash_policy', readPolicy)
  return policies.length === 0 ? undefined : new CombinedHash(policies)
}

class CombinedHash implements HashPolicy {
  readonly #policies: readonly Policy[]

  constructor(policies: readonly Policy[]) {
    this.#policies = policies
  }

  hash(headers: RequestHeaders, streamInfo: StreamInfo, addCookie: AddCookie | undefined): HashKey | undefined {
    let hash: bigint | undefined = undefined
    for (const { method, terminal } of this.#policies) {
      const next = method(headers, streamInfo, addCookie)
      // The old value is rotated, so that two equal policies do not cancel each other out.
      if (next !== undefined) hash = hash === undefined ? next : rotateLeft(hash) ^ next
      if (terminal && hash !== undefined) break
    }
    return hash === undefined ? undefined : toKey(hash)
  }
}

function rotateLeft(hash: bigint): bigint {
  return BigInt.asUintN(64, hash << 1n) | (hash >> 63n)
}

function toKey(hash: bigint): HashKey {
  return { high: Number(hash >> 32n), low: Number(hash & 0xffff_ffffn) }
}

function readPolicy(reader: Reader): Policy {
  return { method: readMethod(reader), terminal: reader.bool('terminal', false) }
}

const NOTHING: Method = () => undefined

function readMethod(reader: Reader): Method {
  switch (reader.oneof('policy_specifier')) {
    case 'header':
      return reader.message('header', readHeader) ?? NOTHING
    case 'cookie':
      return reader.message('cookie', readCookie) ?? NOTHING
    case 'connection_properties':
      return reader.message('connection_properties', readConnection) ?? NOTHING
    case 'query_parameter':
      return reader.message('query_parameter', readQueryParameter) ?? NOTHING
    case 'filter_state':
      return reader.message('filter_state', readFilterState) ?? NOTHING
    default:
      return NOTHING
  }
}

/** Of several values the order does not count. */
function readHeader(reader: Reader): Method {
  const name = reader.string('header_name').toLowerCase()
  const rewrite = reader.message('regex_rewrite', readRegexRewrite)
  return (headers) => {
    const values = headers.getAll(name)
    if (values.length === 0) return undefined
    const texts = rewrite === undefined ? values : values.map((v) => rewrite.regex.replaceAll(v, rewrite.substitution))
    if (texts.length === 1) return xxHash64(texts[0]!)
    // The hash of one is the seed for the next.
    return texts.toSorted(byBytes).reduce((seed, text) => xxHash64(text, seed), 0n)
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** With a `ttl` (0: until the browser ends) a client without the cookie gets one. */
function readCookie(reader: Reader): Method {
  const name = toWireText(reader.string('name'))
  const ttlMs = reader.optionalDurationMs('ttl')
  const path = toWireText(reader.string('path'))
  const more = reader.messages('attributes', (attribute) => {
    const value = toWireText(attribute.string('value'))
    return `; ${toWireText(attribute.string('name'))}${value === '' ? '' : `=${value}`}`
  })
  const age = ttlMs === undefined || ttlMs < 1000 ? '' : `; Max-Age=${Math.floor(ttlMs / 1000)}`
  const cookie = { name, attributes: `${age}${path === '' ? '' : `; Path=${path}`}${more.join('')}; HttpOnly` }
  return (headers, _streamInfo, addCookie) => {
    let value = cookieValue(headers, name) ?? ''
    if (value === '' && ttlMs !== undefined && addCookie !== undefined) value = addCookie(cookie)
    return value === '' ? undefined : xxHash64(value)
  }
}

function readConnection(reader: Reader): Method {
  if (!reader.bool('source_ip', false)) return NOTHING
  return (_headers, { connection }) => {
    const { remoteAddress } = connection
    return remoteAddress.kind === 'ip' ? xxHash64(remoteAddress.ip) : undefined
  }
}

function readQueryParameter(reader: Reader): Method {
  const name = toWireText(reader.string('name'))
  return ({ path }) => {
    const value = queryParameters(path).get(name)
    return value === undefined ? undefined : xxHash64(value)
  }
}

/** Only objects that were made to be hashed have a hash. */
function readFilterState(reader: Reader): Method {
  const key = reader.string('key')
  return (_headers, { filterState }) => filterState.get(key)?.hash?.()
}
