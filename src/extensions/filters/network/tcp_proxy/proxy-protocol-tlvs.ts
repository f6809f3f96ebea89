/**
 * `proxy_protocol_tlvs`: extensions that PROXY protocol headers towards hosts may pass on, left in the connection's filter
 * state as if its client had sent them.
 */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { Connection } from '../../../../api/network.ts'
import {
  PROXY_PROTOCOL_OPTIONS,
  ProxyProtocolOptions,
} from '../../../../codec/proxy_protocol/proxy-protocol-options.ts'
import type { Tlv } from '../../../../codec/proxy_protocol/read-tlvs.ts'
import type { TlvEntry } from '../../../../formatter/tlv-entry.ts'
import { formatTlvs, readTlvEntries } from '../../../../formatter/tlv-entry.ts'

type MergePolicy = 'ADD_IF_ABSENT' | 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD'

export interface ProxyTlvs {
  /** What becomes of those that the client's own header had. */
  readonly mergePolicy: MergePolicy
  readonly entries: readonly TlvEntry[]
}

/** undefined where nothing is added. */
export function readProxyTlvs(reader: Reader, context: ParseContext): ProxyTlvs | undefined {
  const mergePolicy = reader.enumeration<MergePolicy>('proxy_protocol_tlv_merge_policy', 'ADD_IF_ABSENT')
  const entries = readTlvEntries(reader, 'proxy_protocol_tlvs', context)
  return entries.length === 0 ? undefined : { mergePolicy, entries }
}

/** Once for each connection, before it is sent on. */
export function leaveProxyTlvs({ mergePolicy, entries }: ProxyTlvs, { streamInfo, info }: Connection): void {
  const { filterState } = streamInfo
  const known = filterState.get(PROXY_PROTOCOL_OPTIONS)
  const told = known instanceof ProxyProtocolOptions ? known : undefined
  if (told !== undefined && mergePolicy === 'ADD_IF_ABSENT') return
  const own = formatTlvs(entries, streamInfo)
  const { source = info.remoteAddress, destination = info.localAddress, tlvs = [] } = told ?? {}
  filterState.set(PROXY_PROTOCOL_OPTIONS, new ProxyProtocolOptions(source, destination, merged(mergePolicy, tlvs, own)))
}

function merged(policy: MergePolicy, told: readonly Tlv[], own: readonly Tlv[]): readonly Tlv[] {
  if (policy === 'APPEND_IF_EXISTS_OR_ADD') return [...told, ...own]
  return [...own, ...told.filter(({ type }) => !own.some((each) => each.type === type))]
}
