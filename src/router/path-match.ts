/** The path part of envoy.config.route.v3.RouteMatch. */
import type { Reader } from '../api/config.ts'
import { toWireText } from '../base/wire-text.ts'
import { readRegex } from '../config/matchers/regex-config.ts'
import type { LinearRegex } from '../config/matchers/regex.ts'
import { literalStart } from '../config/matchers/literal-start.ts'
import type { RequestView } from './request-view.ts'
import { withoutQuery } from './request-view.ts'
import type { UriTemplate } from './uri-template.ts'
import { readUriTemplate } from './uri-template.ts'

export interface PathMatch {
  readonly kind: 'prefix' | 'path' | 'separated-prefix' | 'regex' | 'connect'
  /** What the path must be or begin with, for an index; '' where that is not known. In lower case where case does not count. */
  readonly literal: string
  readonly caseSensitive: boolean
  matches(request: RequestView): boolean
  /** Of a match by URI template, for its rewrite. */
  readonly template?: UriTemplate | undefined
  /**
   * The part of the path (without query) that `prefix_rewrite` replaces; undefined: path parameters, which did not count for
   * the match, stand in the middle of it, and nothing is replaced.
   */
  matchedPrefix(path: string): string | undefined
}

/** What has no path (a CONNECT) only `connect_matcher` matches. `ignoresParameters`: as the route table says. */
export function readPathMatch(reader: Reader, ignoresParameters: boolean): PathMatch {
  const caseSensitive = reader.bool('case_sensitive', true)
  switch (reader.oneof('path_specifier')) {
    case 'prefix':
      return prefixMatch(literalFor(reader.string('prefix'), caseSensitive), caseSensitive)
    case 'path':
      return exactMatch(literalFor(reader.string('path'), caseSensitive), caseSensitive)
    case 'path_separated_prefix':
      return separatedPrefixMatch(literalFor(reader.string('path_separated_prefix'), caseSensitive), caseSensitive)
    case 'safe_regex':
      return regexMatch(reader.message('safe_regex', readRegex))
    case 'path_match_policy': {
      const template = reader.message('path_match_policy', readUriTemplate)
      return templateMatch(template, ignoresParameters)
    }
    case 'connect_matcher':
      reader.message('connect_matcher', (empty) => empty.keep())
      return CONNECT
    default:
      // None: the rules of the API refuse it.
      return prefixMatch('', true)
  }
}

function literalFor(text: string, caseSensitive: boolean): string {
  const literal = toWireText(text)
  return caseSensitive ? literal : literal.toLowerCase()
}

function subject(request: RequestView, caseSensitive: boolean): string {
  return caseSensitive ? request.path : request.lowerPath
}

function prefixMatch(literal: string, caseSensitive: boolean): PathMatch {
  return {
    kind: 'prefix',
    literal,
    caseSensitive,
    matches:
      literal === ''
        ? (request) => request.path !== ''
        : (request) => subject(request, caseSensitive).startsWith(literal),
    matchedPrefix: (path) => startOf(path, literal, caseSensitive),
  }
}

function exactMatch(literal: string, caseSensitive: boolean): PathMatch {
  return {
    kind: 'path',
    literal,
    caseSensitive,
    matches: (request) => subject(request, caseSensitive) === literal,
    matchedPrefix: (path) => startOf(path, literal, caseSensitive),
  }
}

function separatedPrefixMatch(literal: string, caseSensitive: boolean): PathMatch {
  return {
    kind: 'separated-prefix',
    literal,
    caseSensitive,
    matches: (request) => {
      const path = subject(request, caseSensitive)
      return path.startsWith(literal) && (path.length === literal.length || path[literal.length] === '/')
    },
    matchedPrefix: (path) => startOf(path, literal, caseSensitive),
  }
}

function startOf(path: string, literal: string, caseSensitive: boolean): string | undefined {
  const start = path.slice(0, literal.length)
  return (caseSensitive ? start : start.toLowerCase()) === literal ? start : undefined
}

/** Without a regex (it was refused) nothing matches. */
function regexMatch(regex: LinearRegex | undefined): PathMatch {
  return {
    kind: 'regex',
    literal: regex === undefined ? '' : literalStart(regex.source),
    caseSensitive: true,
    matches: ({ path }) => regex !== undefined && path !== '' && regex.matchesWhole(path),
    matchedPrefix: (path) => path,
  }
}

/** A template sees path parameters, whatever the table says of them. */
function templateMatch(template: UriTemplate | undefined, ignoresParameters: boolean): PathMatch {
  const match = { ...regexMatch(template?.regex), template }
  if (!ignoresParameters) return match
  return {
    ...match,
    literal: '',
    matches: ({ headers }) => template?.regex.matchesWhole(withoutQuery(headers.path)) === true,
  }
}

const CONNECT: PathMatch = {
  kind: 'connect',
  literal: '',
  caseSensitive: true,
  matches: ({ headers }) => headers.method === 'CONNECT',
  matchedPrefix: (path) => path,
}
