/** Path and host rewriting of a RouteAction. */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { toWireText } from '../base/wire-text.ts'
import type { RegexRewrite } from '../config/matchers/regex-config.ts'
import { readRegexRewrite } from '../config/matchers/regex-config.ts'
import type { PathMatch } from './path-match.ts'
import { queryStart, withoutQuery } from './request-view.ts'
import type { RewriteFormat } from './rewrite-format.ts'
import { readRewriteFormat } from './rewrite-format.ts'
import { readUriTemplateRewrite } from './uri-template.ts'

/** The new path, query included. */
export type PathRewrite = (headers: RequestHeaders, streamInfo: StreamInfo) => string
export type HostRewrite = (headers: RequestHeaders, streamInfo: StreamInfo) => string | undefined

const REWRITES = ['prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy', 'path_rewrite']

/** At most one of the rewrites may be set; undefined when none is. */
export function readPathRewrite(reader: Reader, match: PathMatch): PathRewrite | undefined {
  const set = REWRITES.filter((field) => reader.has(field))
  if (set.length > 1) {
    reader.error(
      set[1],
      'NU153',
      'Specify only one of prefix_rewrite, regex_rewrite, path_rewrite_policy or path_rewrite',
    )
  }
  const prefix = toWireText(reader.string('prefix_rewrite'))
  if (prefix !== '' && match.template !== undefined) {
    reader.error('prefix_rewrite', 'NU153', 'Cannot use prefix_rewrite with matcher extension')
  }
  const regex =
    reader.message('regex_rewrite', readRegexRewrite) ??
    reader.message('path_rewrite_policy', (policy) => readUriTemplateRewrite(policy, match.template))
  const format = readRewriteFormat(reader, 'path_rewrite', '')
  if (prefix !== '') return ({ path }) => rewritePrefix(path, match, prefix)
  if (format !== undefined) return (headers, streamInfo) => rewriteByFormat(headers, streamInfo, format)
  return regex === undefined ? undefined : ({ path }) => rewriteByRegex(path, regex)
}

/** The query stays behind the new path. A format that comes to nothing changes nothing (''). */
export function rewriteByFormat(headers: RequestHeaders, streamInfo: StreamInfo, format: RewriteFormat): string {
  const path = format(headers, streamInfo)
  return path === '' ? '' : path + queryOf(headers.path)
}

export function queryOf(path: string): string {
  const question = path.indexOf('?')
  return question < 0 ? '' : path.slice(question)
}

/** '' where nothing is replaced. */
export function rewritePrefix(path: string, match: PathMatch, replacement: string): string {
  const query = queryStart(path)
  const matched = match.matchedPrefix(query < 0 ? path : path.slice(0, query))
  return matched === undefined ? '' : replacement + path.slice(matched.length)
}

/** The query stays behind the new path, but does not go alone: '' when nothing is left of the path. */
export function rewriteByRegex(path: string, { regex, substitution }: RegexRewrite): string {
  const query = queryStart(path)
  const plain = query < 0 ? path : path.slice(0, query)
  const rewritten = regex.replaceAll(plain, substitution)
  return rewritten === '' ? '' : rewritten + path.slice(plain.length)
}

export function readHostRewrite(reader: Reader): HostRewrite | undefined {
  switch (reader.oneof('host_rewrite_specifier')) {
    case 'host_rewrite_literal': {
      const host = toWireText(reader.string('host_rewrite_literal'))
      return host === '' ? undefined : () => host
    }
    case 'host_rewrite_header': {
      const name = reader.string('host_rewrite_header').toLowerCase()
      return (headers) => headers.get(name) || undefined
    }
    case 'host_rewrite_path_regex': {
      const rewrite = reader.message('host_rewrite_path_regex', readRegexRewrite)
      if (rewrite === undefined) return undefined
      return (headers) => rewrite.regex.replaceAll(withoutQuery(headers.path), rewrite.substitution) || undefined
    }
    case 'host_rewrite':
      return readRewriteFormat(reader, 'host_rewrite', '-')
    default:
      return undefined
  }
}
