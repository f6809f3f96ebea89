/** Path and host rewriting of a RouteAction. */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import { toWireText } from '../base/wire-text.ts'
import type { RegexRewrite } from '../config/matchers/regex-config.ts'
import { readRegexRewrite } from '../config/matchers/regex-config.ts'
import type { PathMatch } from './path-match.ts'
import { queryStart, withoutQuery } from './request-view.ts'
import { readUriTemplateRewrite } from './uri-template.ts'

/** The new path, query included, for the path as received. */
export type PathRewrite = (path: string) => string
export type HostRewrite = (headers: RequestHeaders) => string | undefined

/** At most one of the rewrites may be set; undefined when none is. */
export function readPathRewrite(reader: Reader, match: PathMatch): PathRewrite | undefined {
  const set = ['prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy'].filter((field) => reader.has(field))
  if (set.length > 1) {
    reader.error(set[1], 'NU153', 'Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy')
  }
  const prefix = toWireText(reader.string('prefix_rewrite'))
  const regex =
    reader.message('regex_rewrite', readRegexRewrite) ??
    reader.message('path_rewrite_policy', (policy) => readUriTemplateRewrite(policy, match.template))
  if (prefix !== '') return (path) => rewritePrefix(path, match, prefix)
  return regex === undefined ? undefined : (path) => rewriteByRegex(path, regex)
}

export function rewritePrefix(path: string, match: PathMatch, replacement: string): string {
  const query = queryStart(path)
  const plain = query < 0 ? path : path.slice(0, query)
  return replacement + path.slice(match.matchedPrefix(plain).length)
}

export function rewriteByRegex(path: string, { regex, substitution }: RegexRewrite): string {
  const query = queryStart(path)
  const plain = query < 0 ? path : path.slice(0, query)
  return regex.replaceAll(plain, substitution) + path.slice(plain.length)
}

export function readHostRewrite(reader: Reader): HostRewrite | undefined {
  switch (reader.oneof('host_rewrite_specifier')) {
    case 'host_rewrite_literal': {
      const host = toWireText(reader.string('host_rewrite_literal'))
      return () => host
    }
    case 'host_rewrite_header': {
      const name = reader.string('host_rewrite_header').toLowerCase()
      return (headers) => headers.get(name)
    }
    case 'host_rewrite_path_regex': {
      const rewrite = reader.message('host_rewrite_path_regex', readRegexRewrite)
      if (rewrite === undefined) return undefined
      return (headers) => rewrite.regex.replaceAll(withoutQuery(headers.path), rewrite.substitution)
    }
    default:
      return undefined
  }
}
