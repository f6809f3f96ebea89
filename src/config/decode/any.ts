/*
 * google.protobuf.Any: {"@type": URL, …fields}. A TypedStruct (xds or udpa) whose inner type is known becomes the
 * message that it stands for.
 */
import type { Json, Message } from '../../api/config.ts'
import { earlierValues } from '../source/repeated-keys.ts'
import type { Decoder } from './decoder.ts'
import { isTree } from './tree.ts'
import { describe } from './describe.ts'
import { reportUnknownField } from './unknown-field.ts'
import { reportUnknownType } from './unknown-type.ts'
import { isWellKnown } from './well-known.ts'

const typedStructs: ReadonlySet<string> = new Set(['xds.type.v3.TypedStruct', 'udpa.type.v1.TypedStruct'])

export function decodeAny(decoder: Decoder, label: string, tree: unknown): Message | undefined {
  const { log } = decoder
  if (!isTree(tree)) {
    log.report('NU102', `${label} must be a map with "@type"`, {
      expected: 'a map with "@type"',
      found: describe(tree),
    })
    return undefined
  }
  const url = tree['@type']
  if (url === undefined) {
    for (const key in tree) {
      log.report('NU114', `${label} has no "@type", which says what kind of message it is`, {
        expected: '"@type": type.googleapis.com/…',
        found: `a map with "${key}"`,
        hint: key === 'type_url' ? 'write "@type" instead of type_url' : 'add "@type": type.googleapis.com/… before it',
      })
      return undefined
    }
    return {}
  }
  if (earlierValues(tree)?.has('@type') === true) {
    log.push('@type')
    log.report('NU115', `repeated @type in Any: ${label} can be of one type only`, {
      of: 'key',
      expected: 'one "@type"',
    })
    log.pop()
    return undefined
  }
  log.push({ any: true })
  const value = typedMessage(decoder, url, tree)
  log.pop()
  return value
}

function typedMessage(decoder: Decoder, url: unknown, tree: { readonly [key: string]: unknown }): Message | undefined {
  if (typeof url !== 'string' || url.lastIndexOf('/') <= 0) {
    const hint = typeof url === 'string' ? `write "type.googleapis.com/${url.replace(/^\//, '')}"` : undefined
    decoder.log.push('@type')
    const message = `@type must contain at least one / and a nonempty host; got: ${String(url)}`
    decoder.log.report('NU105', message, { found: describe(url), hint })
    decoder.log.pop()
    return undefined
  }
  const typeName = url.slice(url.lastIndexOf('/') + 1)
  if (typedStructs.has(typeName)) return typedStruct(decoder, url, tree)
  const type = decoder.schema.message(typeName)
  if (type === undefined) {
    decoder.log.push('@type')
    reportUnknownType(decoder, url, typeName)
    decoder.log.pop()
    return undefined
  }
  if (!isWellKnown(typeName) && typeName !== 'google.protobuf.Any') return decoder.fields(type, tree, { '@type': url })
  return wellKnown(decoder, url, typeName, tree['value'])
}

function wellKnown(decoder: Decoder, url: string, typeName: string, source: unknown): Message | undefined {
  if (source === undefined) {
    decoder.log.report('NU109', `an Any of ${typeName} needs "value"`, { expected: '"value"' })
    return undefined
  }
  decoder.log.push('value')
  const value: Json | undefined = decoder.value(typeName, 'value', source)
  decoder.log.pop()
  return value === undefined ? undefined : { '@type': url, value }
}

function typedStruct(decoder: Decoder, url: string, tree: { readonly [key: string]: unknown }): Message | undefined {
  const inner = tree['type_url'] ?? tree['typeUrl']
  const typeName = typeof inner === 'string' ? inner.slice(inner.lastIndexOf('/') + 1) : ''
  const type = decoder.schema.message(typeName)
  const known = decoder.schema.requireMessage('xds.type.v3.TypedStruct')
  if (typeof inner !== 'string' || type === undefined || isWellKnown(typeName)) {
    return decoder.fields(known, tree, { '@type': url })
  }
  for (const key in tree)
    if (key !== '@type' && !known.byName.has(key)) return decoder.fields(known, tree, { '@type': url })
  const value = tree['value'] ?? {}
  decoder.log.push('value')
  const canonicalUrl = inner.includes('/') ? inner : `type.googleapis.com/${inner}`
  if (isTree(value) && '@type' in value) reportUnknownField(type, '@type', value, decoder)
  const message = isTree(value)
    ? decoder.fields(type, value, { '@type': canonicalUrl })
    : decoder.message(type, 'value', value)
  decoder.log.pop()
  return message
}
