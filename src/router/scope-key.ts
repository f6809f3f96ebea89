/**
 * The scope of a request: what HttpConnectionManager.scoped_routes takes out of its headers
 * (ScopedRoutes.ScopeKeyBuilder). A key is a list of texts, joined into one for look-ups.
 */
import type { Message, Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import { toWireText } from '../base/wire-text.ts'
import { below } from '../config/below.ts'

/** undefined: some part is not there, so that the request is in no scope. */
export type ScopeKeyBuilder = (headers: RequestHeaders) => string | undefined

type Fragment = (headers: RequestHeaders) => string | undefined

/** No header value has it. */
const BETWEEN = '\n'

export function scopeKey(fragments: readonly string[]): string {
  return fragments.join(BETWEEN)
}

/** Of a ScopedRouteConfiguration. */
export function scopeKeyOf(scope: Message): string {
  const fragments = below(scope, 'key', 'fragments')
  if (!Array.isArray(fragments)) return ''
  return scopeKey((fragments as readonly Message[]).map((fragment) => String(fragment['string_key'] ?? '')))
}

export function readScopeKeyBuilder(reader: Reader): ScopeKeyBuilder {
  const fragments = reader.messages('fragments', readFragment)
  return (headers) => {
    const found: string[] = []
    for (const fragment of fragments) {
      const text = fragment(headers)
      if (text === undefined) return undefined
      found.push(text)
    }
    return scopeKey(found)
  }
}

function readFragment(reader: Reader): Fragment {
  return reader.message('header_value_extractor', readExtractor) ?? (() => undefined)
}

/** The header is split at the separator; one of the pieces is meant, by its place or by the key that it begins with. */
function readExtractor(reader: Reader): Fragment {
  const name = reader.string('name').toLowerCase()
  const separator = toWireText(reader.string('element_separator'))
  const kind = reader.oneof('extract_type')
  const find = kind === 'element' ? readElement(reader) : readIndex(reader, separator)
  if (kind === undefined) reader.error(undefined, 'NU158', 'HeaderValueExtractor extract_type not set correctly')
  return (headers) => {
    // Only the first line of an untrusted header counts.
    const value = headers.get(name)
    if (value === undefined) return undefined
    return find(separator === '' ? [value] : value.split(separator))
  }
}

type Find = (elements: readonly string[]) => string | undefined

function readIndex(reader: Reader, separator: string): Find {
  const index = reader.number('index', 0)
  if (separator === '' && index !== 0) {
    const message = 'Index > 0 for empty string element separator.'
    reader.error('index', 'NU158', message)
  }
  return (elements) => elements[index]
}

function readElement(reader: Reader): Find {
  const element = reader.message('element', (pair) => ({
    separator: toWireText(pair.string('separator')),
    key: toWireText(pair.string('key')),
  }))
  if (element === undefined) return () => undefined
  return (elements) => {
    for (const text of elements) {
      const at = text.indexOf(element.separator)
      if ((at < 0 ? text : text.slice(0, at)) !== element.key) continue
      return at < 0 ? '' : text.slice(at + element.separator.length)
    }
    return undefined
  }
}
