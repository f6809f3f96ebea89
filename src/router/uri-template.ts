/**
 * Paths by URI template (envoy.extensions.path.match.uri_template.v3 and path.rewrite.uri_template.v3), such as
 * `/video/{id=*}/{rest=**}`: `*` and `{name}` stand for one segment, `**` for any number of characters. Compiled to a
 * regular expression with a group for each variable; a rewrite is a substitution in it.
 */
import type { Reader } from '../api/config.ts'
import type { RegexRewrite } from '../config/matchers/regex-config.ts'
import type { LinearRegex } from '../config/matchers/regex.ts'
import { compileRegex } from '../config/matchers/regex.ts'

const MATCH = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'
const REWRITE = 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'

export interface UriTemplate {
  readonly regex: LinearRegex
  /** Variables in the order of their groups. */
  readonly names: readonly string[]
}

/** What a segment may consist of (RFC 3986 pchar, percent-encoded as received). */
const PCHAR = `A-Za-z0-9\\-._~%!$&'()+,;:@=`
const ONE_SEGMENT = `[${PCHAR}]+`
const ANYTHING = `[${PCHAR}/]*`

/** Literal text, `{variable}` with an optional `=pattern`, `**` or `*`. */
const TOKEN = /\{([A-Za-z][A-Za-z0-9_]*)(?:=([^{}]*))?\}|\*\*|\*|[^{}*]+/g

/** `path_match_policy`; undefined after an error was reported. */
export function readUriTemplate(reader: Reader): UriTemplate | undefined {
  const config = configOf(reader, MATCH, 'path match')
  if (config === undefined) return undefined
  const text = config.string('path_template')
  const names: string[] = []
  const source = text.startsWith('/') ? regexOf(text, names) : undefined
  const compiled = source === undefined ? undefined : compileRegex(`^${source}$`)
  if (compiled?.ok === true && new Set(names).size === names.length) return { regex: compiled.regex, names }
  config.error('path_template', 'NU121', `Invalid path template: ${text}`)
  return undefined
}

/** `path_rewrite_policy` of a route that matches by `template`; undefined after an error was reported. */
export function readUriTemplateRewrite(reader: Reader, template: UriTemplate | undefined): RegexRewrite | undefined {
  const config = configOf(reader, REWRITE, 'path rewrite')
  if (config === undefined) return undefined
  const text = config.string('path_template_rewrite')
  if (template === undefined) {
    reader.error(
      undefined,
      'NU153',
      'unable to use envoy.path.rewrite.uri_template.uri_template_rewriter extension without ' +
        'envoy.path.match.uri_template.uri_template_matcher extension',
    )
    return undefined
  }
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].find((match) => !template.names.includes(match[1]!))
  if (unknown !== undefined || !text.startsWith('/')) {
    config.error('path_template_rewrite', 'NU153', `Invalid path template rewrite: ${text}`)
    return undefined
  }
  const escapedText = text.replaceAll('\\', '\\\\')
  const group = (name: string) => `\\${template.names.indexOf(name) + 1}`
  return {
    regex: template.regex,
    substitution: escapedText.replace(/\{([^{}]*)\}/g, (_, name: string) => group(name)),
  }
}

function configOf(reader: Reader, typeName: string, what: string): Reader | undefined {
  reader.string('name')
  const any = reader.any('typed_config')
  if (any?.typeName === typeName) return any.reader
  any?.reader.keep()
  reader.unsupported(any === undefined ? undefined : 'typed_config', `${what} by ${any?.typeName ?? 'nothing'}`)
  return undefined
}

/** Adds the variables to `names`. Inside a variable (`names` undefined) there is no other. undefined: malformed. */
function regexOf(template: string, names: string[] | undefined): string | undefined {
  let source = ''
  let length = 0
  for (const [text, name, pattern] of template.matchAll(TOKEN)) {
    length += text.length
    if (name === undefined) {
      source += text === '*' ? ONE_SEGMENT : text === '**' ? ANYTHING : escaped(text)
      continue
    }
    const inner = pattern === undefined ? ONE_SEGMENT : regexOf(pattern, undefined)
    // RE2 substitutions know nine groups.
    if (names === undefined || inner === undefined || inner === '' || names.push(name) > 9) return undefined
    source += `(${inner})`
  }
  return length === template.length ? source : undefined
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_/%~!&',;:@=-]/g, '\\$&')
}
