import { describe, expect, test } from 'bun:test'
import type { Message } from '../../api/config.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { trackingReader } from '../../config/reader/create-tracking-reader.ts'
import { clusterPolicyFields } from './cluster-policies.ts'
import { readErrorMatcher } from './error-matcher.ts'

const MATCH_PREDICATE = 'envoy.config.common.matcher.v3.MatchPredicate'

function isError(yaml: string, status: number, ...names: readonly string[]): boolean {
  const parsed = parseMessage(MATCH_PREDICATE, yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join())
  const { reader, end } = trackingReader(MATCH_PREDICATE, parsed.value)
  const matches = readErrorMatcher(reader)
  expect(end()).toEqual([])
  const response = newResponseHeaders(status)
  for (const name of names) response.add(name, '1')
  return matches(response)
}

const HEADER = '{http_response_headers_match: {headers: [{name: x-bad}]}}'
const STATUS = '{http_response_headers_match: {headers: [{name: ":status", string_match: {exact: "404"}}]}}'

describe('error matcher', () => {
  test('headers of a response, all of them, and its status', () => {
    expect([isError(HEADER, 200), isError(HEADER, 200, 'x-bad')]).toEqual([false, true])
    expect([isError(STATUS, 200), isError(STATUS, 404)]).toEqual([false, true])
    const both = '{http_response_headers_match: {headers: [{name: x-bad}, {name: x-worse}]}}'
    expect([isError(both, 200, 'x-bad'), isError(both, 200, 'x-bad', 'x-worse')]).toEqual([false, true])
  })

  test('and, or, not, any', () => {
    const and = `{and_match: {rules: [${HEADER}, ${STATUS}]}}`
    const or = `{or_match: {rules: [${HEADER}, ${STATUS}]}}`
    expect([isError(and, 404), isError(and, 404, 'x-bad')]).toEqual([false, true])
    expect([isError(or, 200), isError(or, 404), isError(or, 200, 'x-bad')]).toEqual([false, true, true])
    expect([isError(`{not_match: ${HEADER}}`, 200), isError('{any_match: true}', 200)]).toEqual([true, true])
  })

  test('what is not known when a response begins does not match', () => {
    const request = '{http_request_headers_match: {headers: [{name: x-bad}]}}'
    expect([isError(request, 503, 'x-bad'), isError(`{not_match: ${request}}`, 200)]).toEqual([false, true])
    expect(isError('{http_response_generic_body_match: {patterns: [{string_match: a}]}}', 503)).toBe(false)
  })
})

test('only policies cross to other threads', () => {
  const options: Message = { common_http_protocol_options: {}, retry_policy: { retry_on: '5xx' } }
  expect(clusterPolicyFields(options)).toEqual({ retry_policy: { retry_on: '5xx' } })
  expect(clusterPolicyFields({ common_http_protocol_options: {} })).toBeUndefined()
})
