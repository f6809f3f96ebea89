/**
 * JSON as Envoy reads bodies: JSON.parse knows the syntax, and what Envoy has besides it is checked here. Numbers keep how
 * they were written, since whole ones print otherwise than others do.
 */

export class JsonNumber {
  readonly source: string
  readonly value: number

  constructor(source: string) {
    this.source = source
    this.value = Number(source)
  }

  get isWhole(): boolean {
    return WHOLE.test(this.source)
  }

  /** In 64 bits a whole number stays as it is; a larger one is a fraction's kin. */
  get isInt64(): boolean {
    return this.isWhole && fitsInt64(BigInt(this.source))
  }
}

export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Undefined when it is no JSON. */
export function readJson(body: Uint8Array): JsonValue | undefined {
  // For Envoy's parser the text ends at a NUL.
  const end = body.indexOf(0)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? body : body.subarray(0, end))
    return tooDeep(text) ? undefined : (JSON.parse(text, keepSource) as JsonValue)
  } catch {
    return undefined
  }
}

const WHOLE = /^-?\d+$/
const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n
const MAX_DEPTH = 1000

function fitsInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_INT64
}

class UnusableValue extends Error {}

/** The runtime passes the text of each plain value, which the library's types do not know yet. */
function keepSource(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === 'number') {
    const number = new JsonNumber(context?.source ?? String(value))
    if (!isUsable(number)) throw new UnusableValue()
    return number
  }
  if (typeof value === 'string' && !value.isWellFormed()) throw new UnusableValue()
  return value
}

/** Envoy takes no number beyond a double, and none that needs the 64th bit of an unsigned one. */
function isUsable({ isWhole, source, value }: JsonNumber): boolean {
  if (!Number.isFinite(value)) return false
  if (!isWhole || source.length < 19) return true
  const whole = BigInt(source)
  return whole <= MAX_INT64 || whole > MAX_UINT64
}

function tooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (inString) {
      if (char === BACKSLASH) i++
      else if (char === QUOTE) inString = false
    } else if (char === QUOTE) inString = true
    else if (char === BRACKET || char === BRACE) {
      if (++depth > MAX_DEPTH) return true
    } else if (char === BRACKET + 2 || char === BRACE + 2) depth--
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACE = 0x7b
