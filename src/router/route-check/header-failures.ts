/** The header expectations of a router check test. */
import type { Message } from '../../api/config.ts'
import type { HeaderMap } from '../../api/headers.ts'
import { readHeaderMatcher } from '../../config/matchers/header-matcher.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import type { GoldenExpectation, HeaderLine } from './golden-tests.ts'

const MATCHER = 'envoy.config.route.v3.HeaderMatcher'

export function headerFailures(
  expected: GoldenExpectation,
  request: HeaderMap,
  response: HeaderMap,
): readonly string[] {
  return [
    ...matchFailures('request_header_matches', expected.request_header_matches, request),
    ...matchFailures('response_header_matches', expected.response_header_matches, response),
    ...fieldFailures('request_header_fields', expected.request_header_fields, request),
    ...fieldFailures('response_header_fields', expected.response_header_fields, response),
  ]
}

function matchFailures(type: string, matchers: readonly Message[] | undefined, headers: HeaderMap): readonly string[] {
  return (matchers ?? []).flatMap((matcher) => {
    const message = parseMessage(MATCHER, matcher)
    const parsed = message.ok ? parseRoot(MATCHER, message.value, {}, readHeaderMatcher) : message
    if (!parsed.ok) return [`expected: [${JSON.stringify(matcher)}], actual: [not a matcher], test type: ${type}`]
    if (parsed.value(headers)) return []
    const found = headers.getAll(String(matcher['name']).toLowerCase()).join(',')
    return [`expected: [${JSON.stringify(matcher)}], actual: [${found}], test type: ${type}`]
  })
}

function fieldFailures(type: string, fields: readonly HeaderLine[] | undefined, headers: HeaderMap): readonly string[] {
  return (fields ?? []).flatMap(({ key, value }) => {
    const found = headers.getAll(key.toLowerCase()).join(',')
    return found === value ? [] : [`expected: [${value}], actual: [${found}], test type: ${type}`]
  })
}
