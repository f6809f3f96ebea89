/** The path part of envoy.config.route.v3.RouteMatch. */
import type { Reader } from '../api/config.ts'
import { readRegex } from '../config/matchers/regex-config.ts'
import type { RequestView } from './request-view.ts'

export interface PathMatch {
  readonly kind: 'prefix' | 'path' | 'separated-prefix' | 'regex'
  /** The literal (not for regex): what an index can use and what a prefix rewrite replaces. */
  readonly literal: string
  readonly caseSensitive: boolean
  matches(request: RequestView): boolean
  /** The part of the path that `prefix_rewrite` replaces. */
  matchedPrefix(path: string): string
}

export function readPathMatch(reader: Reader): PathMatch {
  const caseSensitive = reader.bool('case_sensitive', true)
  switch (reader.oneof('path_specifier')) {
    case 'prefix':
      return prefixMatch(reader.string('prefix'), caseSensitive)
    case 'path':
      return exactMatch(reader.string('path'), caseSensitive)
    case 'path_separated_prefix':
      return separatedPrefixMatch(reader.string('path_separated_prefix'), caseSensitive)
    case 'safe_regex':
      return regexMatch(reader)
    default:
      // Another kind of path match: left unread, so the reader refuses it by name.
      return prefixMatch('', true)
  }
}

function subject(request: RequestView, caseSensitive: boolean): string {
  return caseSensitive ? request.path : request.lowerPath
}

function literalFor(text: string, caseSensitive: boolean): string {
  return caseSensitive ? text : text.toLowerCase()
}

function prefixMatch(text: string, caseSensitive: boolean): PathMatch {
  const literal = literalFor(text, caseSensitive)
  return {
    kind: 'prefix',
    literal,
    caseSensitive,
    matches: (request) => subject(request, caseSensitive).startsWith(literal),
    matchedPrefix: (path) => path.slice(0, literal.length),
  }
}

function exactMatch(text: string, caseSensitive: boolean): PathMatch {
  const literal = literalFor(text, caseSensitive)
  return {
    kind: 'path',
    literal,
    caseSensitive,
    matches: (request) => subject(request, caseSensitive) === literal,
    matchedPrefix: (path) => path,
  }
}

function separatedPrefixMatch(text: string, caseSensitive: boolean): PathMatch {
  const literal = literalFor(text, caseSensitive)
  return {
    kind: 'separated-prefix',
    literal,
    caseSensitive,
    matches: (request) => {
      const path = subject(request, caseSensitive)
      return path.startsWith(literal) && (path.length === literal.length || path[literal.length] === '/')
    },
    matchedPrefix: (path) => path.slice(0, literal.length),
  }
}

function regexMatch(reader: Reader): PathMatch {
  const regex = reader.message('safe_regex', readRegex)
  return {
    kind: 'regex',
    literal: '',
    caseSensitive: true,
    matches: (request) => regex !== undefined && regex.matchesWhole(request.path),
    matchedPrefix: (path) => path,
  }
}
