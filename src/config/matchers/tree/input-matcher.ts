/**
 * What a predicate asks of its input (envoy.matching.input_matchers, and value_match): decided (true, false) or
 * undefined when the input has not come yet.
 */
import type { Reader } from '../../../api/config.ts'
import type { IpPrefix } from '../../../base/ip-prefix-map.ts'
import { IpPrefixMap } from '../../../base/ip-prefix-map.ts'
import { parseIp } from '../../../base/ip-bits.ts'
import { readCelExpression } from '../../cel-config.ts'
import { readCidrPrefix } from '../../cidr-range.ts'
import { readFractionalPercent } from '../../fractional-percent.ts'
import type { StringPredicate } from '../string-matcher.ts'
import { readStringMatcher } from '../string-matcher.ts'
import { readValueMatcher } from '../value-matcher.ts'
import type { DataInput } from './data-input.ts'
import type { MatchingData, MatchTreeDeps } from './match-tree.ts'
import type { TreeContext } from './tree-context.ts'
import { refuse, typedConfig } from './tree-context.ts'

export type Predicate = (data: MatchingData) => boolean | undefined

const MATCHERS = 'envoy.extensions.matching.input_matchers'
const NEVER: Predicate = () => false

/** The oneof `matcher` of a SinglePredicate. */
export function readInputMatcher(reader: Reader, input: DataInput, context: TreeContext): Predicate {
  if (reader.oneof('matcher') === 'value_match') {
    const matches = reader.message('value_match', readStringMatcher) ?? (() => false)
    return onText(reader, input, matches)
  }
  return reader.message('custom_match', (custom) => readCustomMatch(custom, input, context)) ?? NEVER
}

function readCustomMatch(reader: Reader, input: DataInput, context: TreeContext): Predicate {
  const any = typedConfig(reader)
  if (any === undefined) return NEVER
  switch (any.typeName) {
    case `${MATCHERS}.consistent_hashing.v3.ConsistentHashing`:
      return onText(reader, input, readConsistentHashing(any.reader))
    case `${MATCHERS}.runtime_fraction.v3.RuntimeFraction`:
      return onText(reader, input, readRuntimeFraction(any.reader, context))
    case `${MATCHERS}.ip.v3.Ip`:
      return onText(reader, input, readIp(any.reader, context))
    case `${MATCHERS}.metadata.v3.Metadata`:
      return onMetadata(reader, input, any.reader)
    case 'xds.type.matcher.v3.CelMatcher':
      return onAttributes(reader, input, any.reader)
    default:
      refuse(reader, any, 'envoy.extensions.matching.input_matchers.')
      return NEVER
  }
}

/** A value of metadata is no text: nothing matches it. */
function onText(reader: Reader, input: DataInput, matches: StringPredicate): Predicate {
  if (input.kind === 'attributes') return wrongInput(reader, 'cel_data_input')
  if (input.kind === 'metadata') return NEVER
  const { get } = input
  return (data) => {
    const text = get(data)
    if (text === null) return undefined
    return text !== undefined && matches(text)
  }
}

function onMetadata(reader: Reader, input: DataInput, config: Reader): Predicate {
  const matches = config.message('value', readValueMatcher) ?? (() => false)
  const invert = config.bool('invert', false)
  if (input.kind === 'attributes') return wrongInput(reader, 'cel_data_input')
  if (input.kind === 'text') return NEVER
  const { get } = input
  return (data) => matches(get(data)) !== invert
}

function onAttributes(reader: Reader, input: DataInput, config: Reader): Predicate {
  config.string('description')
  const expression = config.message('expr_match', readCelExpression)
  if (input.kind !== 'attributes') return wrongInput(reader, 'string')
  return (data) => expression !== undefined && expression.matches(data)
}

function wrongInput(reader: Reader, type: string): Predicate {
  reader.error(undefined, 'NU181', `Unsupported data input type: ${type}`)
  return NEVER
}

/** xxHash64 of the wire bytes. */
function hashOf(text: string, seed: bigint): bigint {
  return Bun.hash.xxHash64(Buffer.from(text, 'latin1'), seed)
}

function readConsistentHashing(reader: Reader): StringPredicate {
  const threshold = BigInt(reader.number('threshold', 0))
  const modulo = BigInt(reader.number('modulo', 1))
  const seed = reader.bigint('seed', 0n)
  if (threshold > modulo) {
    const what = `threshold cannot be greater than modulo: ${threshold} > ${modulo}`
    reader.error('threshold', 'NU181', what)
  }
  return (text) => hashOf(text, seed) % modulo >= threshold
}

function readRuntimeFraction(reader: Reader, context: TreeContext): StringPredicate {
  const seed = reader.bigint('seed', 0n)
  const fraction = reader.message('runtime_fraction', (config) => ({
    key: config.string('runtime_key'),
    fallback: config.message('default_value', readFractionalPercent) ?? { numerator: 0, denominator: 100 },
  }))
  let deps: MatchTreeDeps | undefined
  context.onBind((given) => void (deps = given))
  return (text) => {
    if (fraction === undefined || deps === undefined) return false
    // Every denominator divides a million.
    const random = Number(hashOf(text, seed) % 1_000_000n)
    return deps.runtime.current.fractionEnabled(fraction.key, fraction.fallback, random)
  }
}

function readIp(reader: Reader, context: TreeContext): StringPredicate {
  const prefix = reader.string('stat_prefix')
  const ranges = reader.messages('cidr_ranges', readCidrPrefix)
  const map = new IpPrefixMap<true>()
  for (const range of ranges) map.add(range satisfies IpPrefix, true)
  let failed: { inc(): void } | undefined
  context.onBind(({ scope }) => {
    failed = scope.scope(`${prefix}.`).counter('ip_parsing_failed')
  })
  return (text) => {
    const ip = parseIp(text)
    if (ip !== undefined) return map.longest(ip) !== undefined
    failed?.inc()
    return false
  }
}
