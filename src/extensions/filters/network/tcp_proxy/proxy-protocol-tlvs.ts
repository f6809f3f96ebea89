/**
 * `proxy_protocol_tlvs`: extensions that PROXY protocol headers towards hosts may pass on, left in the connection's filter
 * state as if its client had sent them.
 */
import type { Formatter, FormatterContext } from '../../../../api/access-log.ts'
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { Connection } from '../../../../api/network.ts'
import {
  PROXY_PROTOCOL_OPTIONS,
  ProxyProtocolOptions,
} from '../../../../codec/proxy_protocol/proxy-protocol-options.ts'
import type { Tlv } from '../../../../codec/proxy_protocol/read-tlvs.ts'
import { readSubstitutionFormat } from '../../../../formatter/substitution-format.ts'

type MergePolicy = 'ADD_IF_ABSENT' | 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD'

export interface ProxyTlvs {
  /** What becomes of those that the client's own header had. */
  readonly mergePolicy: MergePolicy
  /** Constants come first. */
  readonly entries: readonly ProxyTlv[]
}

interface ProxyTlv {
  readonly type: number
  readonly value: Uint8Array | Formatter
}

/** undefined where nothing is added. */
export function readProxyTlvs(reader: Reader, context: ParseContext): ProxyTlvs | undefined {
  const mergePolicy = reader.enumeration<MergePolicy>('proxy_protocol_tlv_merge_policy', 'ADD_IF_ABSENT')
  const entries = reader.messages('proxy_protocol_tlvs', (entry) => readTlv(entry, context))
  if (entries.length === 0) return undefined
  const isConstant = ({ value }: ProxyTlv): boolean => value instanceof Uint8Array
  return {
    mergePolicy,
    entries: [...entries.filter(isConstant), ...entries.filter((entry) => !isConstant(entry))],
  }
}

function readTlv(entry: Reader, context: ParseContext): ProxyTlv {
  const type = entry.number('type', 0)
  const constant = entry.bytes('value') ?? new Uint8Array(0)
  const format = entry.message('format_string', (message) => readSubstitutionFormat(message, context).formatter)
  if (constant.length > 0 && format !== undefined) {
    entry.error('value', 'NU172', "Invalid TLV configuration: only one of 'value' or 'format_string' may be set.")
  } else if (constant.length === 0 && format === undefined) {
    entry.error(undefined, 'NU172', "Invalid TLV configuration: one of 'value' or 'format_string' must be set.")
  }
  return { type, value: format ?? constant }
}

/** Once for each connection, before it is sent on. */
export function leaveProxyTlvs({ mergePolicy, entries }: ProxyTlvs, { streamInfo, info }: Connection): void {
  const { filterState } = streamInfo
  const known = filterState.get(PROXY_PROTOCOL_OPTIONS)
  const told = known instanceof ProxyProtocolOptions ? known : undefined
  if (told !== undefined && mergePolicy === 'ADD_IF_ABSENT') return
  const context: FormatterContext = {
    request: undefined,
    response: undefined,
    responseTrailers: undefined,
    streamInfo,
    localReplyBody: '',
    logType: 'NotSet',
  }
  const own = entries.map(({ type, value }) => ({
    type,
    value: value instanceof Uint8Array ? value : Buffer.from(value.format(context), 'latin1'),
  }))
  const { source = info.remoteAddress, destination = info.localAddress, tlvs = [] } = told ?? {}
  filterState.set(PROXY_PROTOCOL_OPTIONS, new ProxyProtocolOptions(source, destination, merged(mergePolicy, tlvs, own)))
}

function merged(policy: MergePolicy, told: readonly Tlv[], own: readonly Tlv[]): readonly Tlv[] {
  if (policy === 'APPEND_IF_EXISTS_OR_ADD') return [...told, ...own]
  return [...own, ...told.filter(({ type }) => !own.some((each) => each.type === type))]
}
