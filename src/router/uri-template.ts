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

const LITERAL = new RegExp(`^${ONE_SEGMENT}$`)
const REWRITE_LITERAL = new RegExp(`^${ANYTHING}$`)
const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]*$/
const PRINTABLE = /^\/[\x21-\x7e]*$/
const MAX_VARIABLES = 5
const MAX_NAME_LENGTH = 16

/** `path_match_policy`; undefined after an error was reported. */
export function readUriTemplate(reader: Reader): UriTemplate | undefined {
  const config = configOf(reader, MATCH, 'path match')
  if (config === undefined) return undefined
  const text = config.string('path_template')
  const parser = new TemplateParser()
  const source = parser.parse(text)
  const compiled = source === undefined ? undefined : compileRegex(`^${source}$`)
  if (compiled?.ok === true && isNamed(parser.names)) return { regex: compiled.regex, names: parser.names }
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
  if (!isRewrite(text, template.names)) {
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

/** Literal text with variables of the template in it. */
function isRewrite(text: string, names: readonly string[]): boolean {
  if (!text.startsWith('/') || text.includes('//')) return false
  const [first = '', ...others] = text.split('{')
  return (
    REWRITE_LITERAL.test(first) &&
    others.every((part) => {
      const end = part.indexOf('}')
      return end > 0 && names.includes(part.slice(0, end)) && REWRITE_LITERAL.test(part.slice(end + 1))
    })
  )
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

  /** The regular expression of a template; undefined: malformed. */
  parse(template: string): string | undefined {
    if (!PRINTABLE.test(template)) return undefined
    let source = '/'
    let rest = template.slice(1)
    while (rest !== '') {
      const end = segmentEnd(rest)
      const segment = this.#segment(rest.slice(0, end))
      if (segment === undefined) return undefined
      source += segment
      rest = rest.slice(end)
      // Text behind an operator ends the template.
      if (rest !== '' && !rest.startsWith('/')) return LITERAL.test(rest) ? source + escaped(rest) : undefined
      if (rest !== '') source += '/'
      rest = rest.slice(1)
    }
    return source
  }

  /** An operator, or text with at most one variable in it. */
  #segment(text: string): string | undefined {
    const open = text.indexOf('{')
    if (open < 0) return this.#part(text)
    const close = text.indexOf('}')
    const variable = close < open ? undefined : this.#variable(text.slice(open + 1, close))
    const [before, behind] = [text.slice(0, open), text.slice(close + 1)]
    const isText = (before === '' || LITERAL.test(before)) && (behind === '' || LITERAL.test(behind))
    return variable === undefined || !isText ? undefined : escaped(before) + variable + escaped(behind)
  }

  #part(text: string): string | undefined {
    if (text === '*' || text === '**') return this.#operator(text)
    return LITERAL.test(text) ? escaped(text) : undefined
  }

  #operator(text: string): string | undefined {
    if (this.#sawTextGlob) return undefined
    this.#sawTextGlob = text === '**'
    return this.#sawTextGlob ? ANYTHING : ONE_SEGMENT
  }

  /** `name`, or `name=` and a pattern of parts. */
  #variable(text: string): string | undefined {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    if (!VARIABLE_NAME.test(name)) return undefined
    const parts = equals < 0 ? ['*'] : text.slice(equals + 1).split('/')
    const sources: string[] = []
    for (const part of parts) {
      // What begins like an operator is nothing else.
      const source = part.startsWith('*') && part !== '*' && part !== '**' ? undefined : this.#part(part)
      if (source === undefined) return undefined
      sources.push(source)
    }
    this.names.push(name)
    return `(${sources.join('/')})`
  }
}

/** Where what stands at the beginning ends: an operator, or a segment; slashes in a variable at its start belong to it. */
function segmentEnd(text: string): number {
  if (text.startsWith('*')) return text.startsWith('**') ? 2 : 1
  const slash = text.indexOf('/', text.startsWith('{') ? Math.max(0, text.indexOf('}')) : 0)
  return slash < 0 ? text.length : slash
}

/** A `*` further on in a segment is part of a regular expression to Envoy, and so here. */
function escaped(text: string): string {
  return text.replace(/[$()+.]/g, '\\$&')
}
