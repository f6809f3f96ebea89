/* What to say about a type URL that Envoy's API does not have. */
import type { Decoder } from './decoder.ts'
import { didYouMean } from './suggest.ts'

export function reportUnknownType(decoder: Decoder, url: string, typeName: string): void {
  decoder.log.report('NU105', `could not find @type '${url}': no such type in Envoy's API`, {
    expected: 'type.googleapis.com/ and the full name of a v3 message',
    found: url,
    hint: typeHint(decoder, typeName),
  })
}

function typeHint(decoder: Decoder, typeName: string): string | undefined {
  const base = typeName.slice(typeName.lastIndexOf('.') + 1)
  // The commonest slip is the package or the version; then the message's own name is right.
  const same = [...decoder.schema.names()].filter((name) => name.endsWith(`.${base}`))
  if (same.length === 1) return `did you mean "${same[0]}"?`
  return didYouMean(typeName, same.length > 0 ? same : decoder.schema.names())
}
