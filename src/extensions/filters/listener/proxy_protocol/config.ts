/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ProxyHeaderSettings } from '../../../../codec/proxy_protocol/proxy-header-reader.ts'

export interface ProxyProtocolConfig {
  readonly header: ProxyHeaderSettings
  readonly statPrefix: string
  /** What is noted of extensions, by their type. */
  readonly rules: ReadonlyMap<number, TlvRule>
  readonly tlvLocation: 'DYNAMIC_METADATA' | 'FILTER_STATE'
  /** Types of extensions that upstream connections may have, too. */
  readonly passThrough: 'all' | ReadonlySet<number>
}

export interface TlvRule {
  readonly namespace: string
  readonly key: string
  readonly encoding: 'UNSPECIFIED' | 'SANITIZED_UTF8' | 'BASE64'
}

export const DEFAULT_NAMESPACE = 'envoy.filters.listener.proxy_protocol'

/** Envoy's rule without `on_tlv_present` has an empty key. */
const NAMELESS: TlvRule = { namespace: DEFAULT_NAMESPACE, key: '', encoding: 'UNSPECIFIED' }

export function parseProxyProtocol(reader: Reader): ProxyProtocolConfig {
  const disallowed = reader.enumerations<'V1' | 'V2'>('disallowed_versions')
  const header = {
    optional: reader.bool('allow_requests_without_proxy_protocol', false),
    allowsV1: !disallowed.includes('V1'),
    allowsV2: !disallowed.includes('V2'),
  }
  if (!header.allowsV1 && !header.allowsV2) {
    const message = 'Proxy Protocol filter is misconfigured: all proxy protocol versions are disallowed.'
    reader.error('disallowed_versions', 'NU144', message)
  }
  const rules = reader.messages('rules', (rule) => {
    return [rule.number('tlv_type', 0), rule.message('on_tlv_present', readRule) ?? NAMELESS] as const
  })
  return {
    header,
    statPrefix: reader.string('stat_prefix'),
    rules: new Map(rules),
    tlvLocation: reader.enumeration('tlv_location', 'DYNAMIC_METADATA'),
    passThrough: reader.message('pass_through_tlvs', readPassThrough) ?? new Set(),
  }
}

function readRule(pair: Reader): TlvRule {
  return {
    namespace: pair.string('metadata_namespace') || DEFAULT_NAMESPACE,
    key: pair.string('key'),
    encoding: pair.enumeration('value_string_encoding', 'UNSPECIFIED'),
  }
}

/** envoy.config.core.v3.ProxyProtocolPassThroughTLVs. */
function readPassThrough(tlvs: Reader): 'all' | ReadonlySet<number> {
  const types = new Set(tlvs.numbers('tlv_type'))
  return tlvs.enumeration('match_type', 'INCLUDE_ALL') === 'INCLUDE_ALL' ? 'all' : types
}
