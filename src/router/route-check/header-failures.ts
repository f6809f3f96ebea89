/** The header expectations of a router check test, and their failures in the words of Envoy's tool. */
import type { Message } from '../../api/config.ts'
import type { HeaderMap } from '../../api/headers.ts'
import { readHeaderMatcher } from '../../config/matchers/header-matcher.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import type { GoldenExpectation, HeaderLine } from './golden-tests.ts'

const MATCHER = 'envoy.config.route.v3.HeaderMatcher'
const SPECIFIERS = [
  'exact_match',
  'prefix_match',
  'suffix_match',
  'contains_match',
  'safe_regex_match',
  'range_match',
  'string_match',
]
const PATTERNS = ['exact', 'prefix', 'suffix', 'contains', 'safe_regex']

export function headerFailures(
  expected: GoldenExpectation,
  request: HeaderMap,
  response: HeaderMap,
): readonly string[] {
  return [
    ...matchFailures('request_header_matches', expected.request_header_matches, request),
    ...fieldFailures('request_header_fields', expected.request_header_fields, request),
    ...matchFailures('response_header_matches', expected.response_header_matches, response),
    ...fieldFailures('response_header_fields', expected.response_header_fields, response),
  ]
}

function matchFailures(type: string, matchers: readonly Message[] | undefined, headers: HeaderMap): readonly string[] {
  return (matchers ?? []).flatMap((matcher) => {
    const message = parseMessage(MATCHER, matcher)
    const parsed = message.ok ? parseRoot(MATCHER, message.value, {}, readHeaderMatcher) : message
    if (!parsed.ok || !message.ok) {
      return [`expected: [${JSON.stringify(matcher)}], actual: [not a matcher], test type: ${type}`]
    }
    return parsed.value(headers) ? [] : [matchFailure(type, message.value, headers)]
  })
}

function matchFailure(type: string, matcher: Message, headers: HeaderMap): string {
  const name = String(matcher['name'])
  const inverted = matcher['invert_match'] === true
  const specifier = SPECIFIERS.find((field) => field in matcher)
  if (specifier === undefined) {
    return `expected: [has(${name}):${!inverted}], actual: [has(${name}):${inverted}], test type: ${type}.present_match`
  }
  const found = `${name}: ${headers.get(name.toLowerCase()) ?? 'NULL'}`
  const pattern = matcher['string_match'] as Message | undefined
  if (pattern === undefined) return `actual: [${found}], test type: ${type}.${specifier}`
  const kind = PATTERNS.find((field) => field in pattern) ?? 'match_pattern_not_set'
  if (kind !== 'exact') return `actual: [${found}], test type: ${type}.string_match.${kind}`
  const expected = `${name}: ${String(pattern['exact'])}`
  return `expected: [${expected}], actual: ${inverted ? 'NOT ' : ''}[${found}], test type: ${type}.string_match.exact`
}

/** Of a repeated header the first counts. */
function fieldFailures(type: string, fields: readonly HeaderLine[] | undefined, headers: HeaderMap): readonly string[] {
  return (fields ?? []).flatMap(({ key, value }) => {
    const found = headers.get(key.toLowerCase()) ?? ''
    return found === value ? [] : [`expected: [${value}], actual: [${found}], test type: ${type}`]
  })
}
