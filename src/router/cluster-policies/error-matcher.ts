/**
 * envoy.config.common.matcher.v3.MatchPredicate over the head of a response: nothing else of a request or a response is
 * known when its host is judged, so whatever asks for that does not match.
 */
import type { Reader } from '../../api/config.ts'
import type { ResponseHeaders } from '../../api/headers.ts'
import { readHeaderMatcher } from '../../config/matchers/header-matcher.ts'

type Predicate = (response: ResponseHeaders) => boolean

const NEVER: Predicate = () => false

export function readErrorMatcher(reader: Reader): Predicate {
  switch (reader.oneof('rule')) {
    case 'or_match': {
      const rules = readRules(reader, 'or_match')
      return (response) => rules.some((matches) => matches(response))
    }
    case 'and_match': {
      const rules = readRules(reader, 'and_match')
      return (response) => rules.every((matches) => matches(response))
    }
    case 'not_match': {
      const matches = reader.message('not_match', readErrorMatcher)!
      return (response) => !matches(response)
    }
    case 'any_match':
      reader.bool('any_match', true)
      return () => true
    case 'http_response_headers_match':
      return reader.message('http_response_headers_match', readHeaders)!
    default:
      for (const field of UNKNOWABLE) reader.ignore(field, 'not known when a response begins; it never matches')
      return NEVER
  }
}

const UNKNOWABLE = [
  'http_request_headers_match',
  'http_request_trailers_match',
  'http_response_trailers_match',
  'http_request_generic_body_match',
  'http_response_generic_body_match',
]

function readRules(reader: Reader, field: string): readonly Predicate[] {
  return reader.message(field, (set) => set.messages('rules', readErrorMatcher)) ?? []
}

/** All of them. */
function readHeaders(reader: Reader): Predicate {
  const matchers = reader.messages('headers', readHeaderMatcher)
  return (response) => matchers.every((matches) => matches(response))
}
