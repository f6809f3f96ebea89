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
const PCHAR = `A-Za-z0-9\\-._~%!$&'()*+,;:@=`
const ONE_SEGMENT = `[${PCHAR}]+`
const ANYTHING = `[${PCHAR}/]*`

/** `{variable}` with an optional `=pattern`, `**` or `*` where a segment begins, literal text. */
const TOKEN = /\{([A-Za-z][A-Za-z0-9_]*)(?:=([^{}]*))?\}|(?<![^/])\*\*?|[^{}*]+|\*/g
const MAX_VARIABLES = 5
const MAX_NAME_LENGTH = 16

/** `path_match_policy`; undefined after an error was reported. */
export function readUriTemplate(reader: Reader): UriTemplate | undefined {
  const config = configOf(reader, MATCH, 'path match')
  if (config === undefined) return undefined
  const text = config.string('path_template')
  const parsed = new TemplateParser()
  const source = text.startsWith('/') && !text.includes('//') ? parsed.regexOf(text, false) : undefined
  const compiled = source === undefined ? undefined : compileRegex(`^${source}$`)
  if (compiled?.ok === true && isNamed(parsed.names)) return { regex: compiled.regex, names: parsed.names }
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

function isNamed(names: readonly string[]): boolean {
  return (
    new Set(names).size === names.length &&
    names.length <= MAX_VARIABLES &&
    names.every((name) => name.length <= MAX_NAME_LENGTH)
  )
}

class TemplateParser {
  readonly names: string[] = []
  /** Behind a `**` nothing else may vary. */
  #sawTextGlob = false

  /** undefined: malformed. Inside a variable there is no other. */
  regexOf(template: string, inVariable: boolean): string | undefined {
    let source = ''
    let length = 0
    /** What varies in a segment is followed by literal text only. */
    let varies = false
    for (const [text, name, pattern] of template.matchAll(TOKEN)) {
      const startsSegment = length === 0 || template[length - 1] === '/'
      length += text.length
      if (name === undefined && !(startsSegment && text.startsWith('*'))) {
        // A `*` further on in a segment is part of a regular expression to Envoy, and so here.
        source += text === '*' ? text : escaped(text)
        if (text.includes('/')) varies = false
        continue
      }
      if (varies || (name !== undefined && inVariable)) return undefined
      varies = true
      const part = name === undefined ? this.#operator(text) : this.#variable(name, pattern)
      if (part === undefined) return undefined
      source += part
    }
    return length === template.length ? source : undefined
  }

  #operator(text: string): string | undefined {
    if (this.#sawTextGlob) return undefined
    this.#sawTextGlob = text === '**'
    return this.#sawTextGlob ? ANYTHING : ONE_SEGMENT
  }

  #variable(name: string, pattern: string | undefined): string | undefined {
    const inner = pattern === undefined ? this.#operator('*') : this.regexOf(pattern, true)
    if (inner === undefined || inner === '') return undefined
    this.names.push(name)
    return `(${inner})`
  }
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_/%~!&',;:@=-]/g, '\\$&')
}
