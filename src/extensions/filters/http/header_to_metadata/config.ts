/** envoy.extensions.filters.http.header_to_metadata.v3.Config, parsed; the same message for the filter and for routes. */
import type { Reader } from '../../../../api/config.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import type { RegexRewrite } from '../../../../config/matchers/regex-config.ts'
import { readRegexRewrite } from '../../../../config/matchers/regex-config.ts'

export interface HeaderToMetadataConfig {
  readonly request: readonly Rule[]
  readonly response: readonly Rule[]
  /** '' : nothing is counted. */
  readonly statPrefix: string
}

export interface Rule {
  readonly source: { readonly kind: 'header' | 'cookie'; readonly name: string }
  /** The header is not passed on. */
  readonly remove: boolean
  readonly onPresent: KeyValue | undefined
  readonly onMissing: KeyValue | undefined
}

export interface KeyValue {
  readonly namespace: string
  readonly key: string
  /** Wire text; '' : what was found. */
  readonly value: string
  readonly rewrite: RegexRewrite | undefined
  readonly type: 'STRING' | 'NUMBER' | 'PROTOBUF_VALUE'
  readonly encode: 'NONE' | 'BASE64'
}

const DEFAULT_NAMESPACE = 'envoy.filters.http.header_to_metadata'

export function parseHeaderToMetadata(reader: Reader): HeaderToMetadataConfig {
  return {
    request: reader.messages('request_rules', readRule),
    response: reader.messages('response_rules', readRule),
    statPrefix: reader.string('stat_prefix'),
  }
}

export function parseHeaderToMetadataPerRoute(reader: Reader): HeaderToMetadataConfig {
  const config = parseHeaderToMetadata(reader)
  if (config.request.length === 0 && config.response.length === 0) {
    const message = 'Per filter configs must at least specify either request or response rules'
    reader.error(undefined, 'NU178', `header_to_metadata_filter: ${message}`)
  }
  return config
}

function readRule(reader: Reader): Rule {
  const header = reader.string('header').toLowerCase()
  const cookie = toWireText(reader.string('cookie'))
  const rule: Rule = {
    source: header === '' ? { kind: 'cookie', name: cookie } : { kind: 'header', name: header },
    remove: reader.bool('remove', false),
    onPresent: reader.message('on_header_present', readKeyValue),
    onMissing: reader.message('on_header_missing', readKeyValue),
  }
  const problem = problemOf(rule, header, cookie)
  if (problem !== undefined) reader.error(undefined, 'NU178', problem)
  return rule
}

function problemOf({ remove, onPresent, onMissing, source }: Rule, header: string, cookie: string): string | undefined {
  if (header !== '' && cookie !== '') return 'Cannot specify both header and cookie in the same rule'
  if (header === '' && cookie === '') return 'One of Cookie or Header option needs to be specified'
  if (onPresent === undefined && onMissing === undefined) {
    const what = `rule for ${source.kind} '${source.name}'`
    return `header to metadata filter: ${what} has neither \`on_header_present\` nor \`on_header_missing\` set`
  }
  if (onPresent !== undefined && onPresent.value !== '' && onPresent.rewrite !== undefined) {
    return 'Cannot specify both value and regex_value_rewrite'
  }
  if (cookie !== '' && remove) return 'Cannot specify remove for cookie'
  if (onMissing?.value === '') return 'Cannot specify on_header_missing rule with an empty value'
  return undefined
}

function readKeyValue(reader: Reader): KeyValue {
  return {
    namespace: reader.string('metadata_namespace') || DEFAULT_NAMESPACE,
    key: reader.string('key'),
    value: toWireText(reader.string('value')),
    rewrite: reader.message('regex_value_rewrite', readRegexRewrite),
    type: reader.enumeration<KeyValue['type']>('type', 'STRING'),
    encode: reader.enumeration<KeyValue['encode']>('encode', 'NONE'),
  }
}
