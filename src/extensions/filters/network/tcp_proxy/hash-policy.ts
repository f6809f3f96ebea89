/** envoy.type.v3.HashPolicy: what of a connection decides where balancers that hash send it. */
import type { Reader } from '../../../../api/config.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import type { HashKey } from '../../../../api/upstream.ts'
import { xxHash64 } from '../../../../base/xx-hash64.ts'

/** undefined: the connection has nothing to be hashed by. */
export type ConnectionHash = (streamInfo: StreamInfo) => HashKey | undefined

type Hash = (streamInfo: StreamInfo) => bigint | undefined

/** Of the only `hash_policy` there may be; undefined without one. */
export function readConnectionHash(reader: Reader): ConnectionHash | undefined {
  const hash = reader.messages('hash_policy', readHash)[0]
  if (hash === undefined) return undefined
  return (streamInfo) => {
    const value = hash(streamInfo)
    return value === undefined ? undefined : { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) }
  }
}

function readHash(reader: Reader): Hash {
  if (reader.oneof('policy_specifier') === 'filter_state') {
    const key = reader.message('filter_state', (state) => state.string('key')) ?? ''
    // Only objects that were made to be hashed have a hash.
    return ({ filterState }) => filterState.get(key)?.hash?.()
  }
  reader.message('source_ip', () => undefined)
  return hashOfSourceIp
}

function hashOfSourceIp({ connection }: StreamInfo): bigint | undefined {
  const { remoteAddress } = connection
  return remoteAddress.kind === 'ip' ? xxHash64(remoteAddress.ip) : undefined
}
