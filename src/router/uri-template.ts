/**
 * `path_match_policy` with a URI template (envoy.extensions.path.match.uri_template.v3), such as
 * `/video/{id=*}/{rest=**}`: `*` and `{name}` stand for one segment, `**` for any number of characters. Compiled to a
 * regular expression.
 */
import type { Reader } from '../api/config.ts'
import type { LinearRegex } from '../config/matchers/regex.ts'
import { compileRegex } from '../config/matchers/regex.ts'

const CONFIG = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

/** What a segment may consist of (RFC 3986 pchar, percent-encoded as received). */
const PCHAR = `A-Za-z0-9\\-._~%!$&'()+,;:@=`
const ONE_SEGMENT = `[${PCHAR}]+`
const ANYTHING = `[${PCHAR}/]*`

/** Literal text, `{variable}` with an optional `=pattern`, `**` or `*`. */
const TOKEN = /\{([A-Za-z][A-Za-z0-9_]*)(?:=([^{}]*))?\}|\*\*|\*|[^{}*]+/y

export function readUriTemplate(reader: Reader): LinearRegex | undefined {
  reader.string('name')
  const any = reader.any('typed_config')
  if (any?.typeName !== CONFIG) {
    any?.reader.keep()
    reader.unsupported('typed_config', `path match by ${any?.typeName ?? 'nothing'}`)
    return undefined
  }
  const template = any.reader.string('path_template')
  const source = template.startsWith('/') ? regexOf(template, true) : undefined
  const compiled = source === undefined ? undefined : compileRegex(source)
  if (compiled?.ok === true) return compiled.regex
  any.reader.error('path_template', 'NU121', `Invalid path template: ${template}`)
  return undefined
}

/** undefined when the template is malformed. */
function regexOf(template: string, variables: boolean): string | undefined {
  const names = new Set<string>()
  let source = ''
  let at = 0
  while (at < template.length) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(template)
    if (token === null) return undefined
    at += token[0].length
    const [text, name, pattern] = token
    if (name === undefined) {
      source += text === '*' ? ONE_SEGMENT : text === '**' ? ANYTHING : escaped(text)
      continue
    }
    if (!variables || names.has(name)) return undefined
    names.add(name)
    const inner = pattern === undefined ? ONE_SEGMENT : regexOf(pattern, false)
    if (inner === undefined || inner === '') return undefined
    source += inner
  }
  return source
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_/%~!&',;:@=-]/g, '\\$&')
}
