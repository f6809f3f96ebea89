/** Which encoding a client wants, out of those that the filters of a chain offer. Envoy's reading of Accept-Encoding. */

export interface OfferedEncoding {
  readonly name: string
  /** Taken although another one of the same weight came earlier. */
  readonly chooseFirst: boolean
}

export interface EncodingDecision {
  readonly encoding: string
  /** What the client named. */
  readonly because: 'compressor' | 'identity' | 'wildcard' | 'not-valid'
}

const NOT_VALID: EncodingDecision = { encoding: 'identity', because: 'not-valid' }
const IDENTITY: EncodingDecision = { encoding: 'identity', because: 'identity' }

/** `offered`: in the order of the filters, one for each name. */
export function chooseEncoding(acceptEncoding: string, offered: readonly OfferedEncoding[]): EncodingDecision {
  const accepted = readAccepted(acceptEncoding)
  const refused = new Set(accepted.filter(({ weight }) => weight === 0).map(({ name }) => name))
  const allowed = offered.filter(({ name }) => !refused.has(name))
  const first = allowed[0]
  if (accepted.length === 0 || first === undefined) return NOT_VALID
  let chosen = { name: 'identity', weight: 0 }
  for (const one of accepted) {
    const offer = allowed.find(({ name }) => name === one.name)
    if (offer === undefined && one.name !== 'identity' && one.name !== '*') continue
    if (one.weight > chosen.weight || (one.weight === chosen.weight && offer?.chooseFirst === true)) chosen = one
  }
  if (chosen.weight === 0) return NOT_VALID
  if (chosen.name === 'identity') return IDENTITY
  if (chosen.name === '*') return { encoding: first.name, because: 'wildcard' }
  return { encoding: chosen.name, because: 'compressor' }
}

interface Accepted {
  readonly name: string
  readonly weight: number
}

function readAccepted(value: string): readonly Accepted[] {
  const accepted: Accepted[] = []
  for (const token of value.split(',')) {
    if (token === '') continue
    const semicolon = token.indexOf(';')
    const weight = semicolon < 0 ? 1 : readWeight(token.slice(semicolon + 1))
    // A weight that is no number takes the encoding with it.
    if (weight === undefined) continue
    accepted.push({ name: (semicolon < 0 ? token : token.slice(0, semicolon)).trim(), weight })
  }
  return accepted
}

const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+|inf(?:inity)?|nan)$/i

/** Of the parameters behind the name; only the first one can be `q`. */
function readWeight(parameters: string): number | undefined {
  const equals = parameters.indexOf('=')
  if (equals < 0 || parameters.slice(0, equals).trim().toLowerCase() !== 'q') return 1
  const text = parameters.slice(equals + 1).trim()
  if (!NUMBER.test(text)) return undefined
  return /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text)
}
