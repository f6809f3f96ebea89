/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata, parsed; the same message for the filter and for routes. */
import type { Json, Reader } from '../../../../api/config.ts'
import { readRegex } from '../../../../config/matchers/regex-config.ts'

export interface JsonToMetadataConfig {
  /** Undefined: bodies of this direction are left alone. */
  readonly request: MatchRules | undefined
  readonly response: MatchRules | undefined
}

export interface MatchRules {
  readonly rules: readonly Rule[]
  /** Of a content-type, '' where there is none. */
  readonly takes: (contentType: string) => boolean
}

export interface Rule {
  /** From the top of the body, never empty. */
  readonly path: readonly string[]
  readonly onPresent: KeyValue | undefined
  readonly onMissing: KeyValue | undefined
  readonly onError: KeyValue | undefined
}

export interface KeyValue {
  readonly namespace: string
  readonly key: string
  /** Undefined: what was found. */
  readonly value: Json | undefined
  readonly type: ValueType
  readonly preservesExisting: boolean
}

export type ValueType = 'PROTOBUF_VALUE' | 'STRING' | 'NUMBER'

const DEFAULT_NAMESPACE = 'envoy.filters.http.json_to_metadata'

export function parseJsonToMetadata(reader: Reader): JsonToMetadataConfig {
  return {
    request: reader.message('request_rules', readMatchRules),
    response: reader.message('response_rules', readMatchRules),
  }
}

/** Of a route, where rules must be given; the filter itself may have none. */
export function parseRouteJsonToMetadata(reader: Reader): JsonToMetadataConfig {
  const config = parseJsonToMetadata(reader)
  if (config.request === undefined && config.response === undefined) {
    const message = 'Per route configs must at least specify one of request_rules or response_rules.'
    reader.error(undefined, 'NU178', `json_to_metadata_filter: ${message}`)
  }
  return config
}

function readMatchRules(reader: Reader): MatchRules {
  const listed = new Set(reader.strings('allow_content_types'))
  const types = listed.size === 0 ? new Set(['application/json']) : listed
  const allowsNone = reader.bool('allow_empty_content_type', false)
  const regex = reader.message('allow_content_types_regex', readRegex)
  return {
    rules: reader.messages('rules', readRule),
    takes: (type) => (type === '' ? allowsNone : types.has(type) || regex?.matchesWhole(type) === true),
  }
}

function readRule(reader: Reader): Rule {
  const rule = {
    path: reader.messages('selectors', (selector) => selector.string('key')),
    onPresent: reader.message('on_present', readKeyValue),
    onMissing: reader.message('on_missing', readKeyValue),
    onError: reader.message('on_error', readKeyValue),
  }
  const problem = problemOf(rule)
  if (problem !== undefined) reader.error(undefined, 'NU178', `json to metadata filter: ${problem}`)
  return rule
}

function problemOf({ onPresent, onMissing, onError }: Rule): string | undefined {
  if (onPresent === undefined && onMissing === undefined) return 'neither `on_present` nor `on_missing` set'
  if (onMissing !== undefined && onMissing.value === undefined) {
    return 'cannot specify on_missing rule with empty value'
  }
  if (onError !== undefined && onError.value === undefined) return 'cannot specify on_error rule with empty value'
  return undefined
}

function readKeyValue(reader: Reader): KeyValue {
  return {
    namespace: reader.string('metadata_namespace') || DEFAULT_NAMESPACE,
    key: reader.string('key'),
    value: reader.raw('value'),
    type: reader.enumeration<ValueType>('type', 'PROTOBUF_VALUE'),
    preservesExisting: reader.bool('preserve_existing_metadata_value', false),
  }
}
