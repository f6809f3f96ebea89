/** Holds bodies of JSON until they are complete and copies what rules select into the dynamic metadata. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Json } from '../../../../api/config.ts'
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { DecoderCallbacks, DecoderFilter, EncoderCallbacks, EncoderFilter } from '../../../../api/http.ts'
import type { DataStatus, HeadersStatus } from '../../../../api/http.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import type { DirectionStats, JsonToMetadataStats } from './json-to-metadata-stats.ts'
import type { JsonToMetadataConfig, KeyValue, MatchRules, Rule } from './config.ts'
import { foundValue } from './found-value.ts'
import type { JsonValue } from './read-json.ts'
import { JsonNumber, readJson } from './read-json.ts'

export class JsonToMetadataFilter implements DecoderFilter, EncoderFilter {
  readonly #own: JsonToMetadataConfig
  readonly #stats: JsonToMetadataStats
  #decoder!: DecoderCallbacks
  #encoder!: EncoderCallbacks
  #chosen: JsonToMetadataConfig | undefined = undefined
  /** Rules that wait for the end of a body. */
  #requestRules: MatchRules | undefined = undefined
  #responseRules: MatchRules | undefined = undefined

  constructor(config: JsonToMetadataConfig, stats: JsonToMetadataStats) {
    this.#own = config
    this.#stats = stats
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoder = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoder = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    const rules = this.#config.request
    if (rules === undefined) return 'continue'
    this.#requestRules = this.#begin(rules, headers.get('content-type') ?? '', end, this.#stats.request, true)
    return this.#requestRules === undefined ? 'continue' : 'stop-iteration'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#requestRules === undefined) return 'continue'
    if (!end) return 'stop-and-buffer'
    this.#request(joined(this.#decoder.decodingBuffer, data))
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    if (this.#requestRules !== undefined) this.#request(joined(this.#decoder.decodingBuffer, undefined))
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    const rules = this.#config.response
    if (rules === undefined) return 'continue'
    this.#responseRules = this.#begin(rules, headers.get('content-type') ?? '', end, this.#stats.response, false)
    return this.#responseRules === undefined ? 'continue' : 'stop-iteration'
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#responseRules === undefined) return 'continue'
    if (!end) return 'stop-and-buffer'
    this.#response(joined(this.#encoder.encodingBuffer, data))
    return 'continue'
  }

  encodeTrailers(): 'continue' {
    if (this.#responseRules !== undefined) this.#response(joined(this.#encoder.encodingBuffer, undefined))
    return 'continue'
  }

  onDestroy(): void {}

  /** The route's or the filter's own, whichever it was at the first look. */
  get #config(): JsonToMetadataConfig {
    return (this.#chosen ??= (this.#decoder.perRouteConfig as JsonToMetadataConfig | undefined) ?? this.#own)
  }

  /** The rules, when there is a body to wait for. */
  #begin(
    match: MatchRules,
    contentType: string,
    end: boolean,
    stats: DirectionStats,
    isRequest: boolean,
  ): MatchRules | undefined {
    if (!match.takes(contentType)) {
      stats.mismatchedContentType.inc()
      this.#apply(match.rules, (rule) => rule.onError, isRequest)
    } else if (end) {
      stats.noBody.inc()
      this.#apply(match.rules, (rule) => rule.onMissing, isRequest)
    } else return match
    return undefined
  }

  #request(body: Uint8Array): void {
    const rules = this.#requestRules!.rules
    this.#requestRules = undefined
    this.#body(body, rules, this.#stats.request, true)
  }

  #response(body: Uint8Array): void {
    const rules = this.#responseRules!.rules
    this.#responseRules = undefined
    this.#body(body, rules, this.#stats.response, false)
  }

  #body(body: Uint8Array, rules: readonly Rule[], stats: DirectionStats, isRequest: boolean): void {
    if (body.length === 0) {
      stats.noBody.inc()
      this.#apply(rules, (rule) => rule.onMissing, isRequest)
      return
    }
    const root = readJson(body)
    if (root === undefined) {
      stats.invalidJsonBody.inc()
      this.#apply(rules, (rule) => rule.onError, isRequest)
      return
    }
    stats.success.inc()
    const isContainer = typeof root === 'object' && root !== null && !(root instanceof JsonNumber)
    if (!isContainer) this.#apply(rules, (rule) => rule.onMissing, isRequest)
    else this.#apply(rules, (rule) => selected(root, rule), isRequest)
  }

  /** What all rules leave goes into the metadata at once, so that `preserve_existing` looks at what was there before. */
  #apply(rules: readonly Rule[], choose: (rule: Rule) => KeyValue | undefined, isRequest: boolean): void {
    const { streamInfo } = this.#decoder
    const found = new Map<string, Record<string, unknown>>()
    for (const rule of rules) {
      const keyValue = choose(rule)
      if (keyValue !== undefined) put(found, keyValue, streamInfo)
    }
    for (const [namespace, values] of found) streamInfo.setDynamicMetadata(namespace, values)
    if (isRequest && found.size > 0) this.#decoder.clearRouteCache()
  }
}

/** Undefined: there is nothing to leave. The value of the result is settled. */
function selected(root: JsonValue, { path, onPresent, onMissing }: Rule): KeyValue | undefined {
  let parent: JsonValue | undefined = root
  for (let i = 0; i < path.length - 1; i++) {
    parent = member(parent, path[i]!)
    if (!isObject(parent)) return onMissing
  }
  if (onPresent === undefined || onPresent.value !== undefined) return onPresent
  const result = foundValue(member(parent, path.at(-1)!), onPresent.type)
  if (result === 'missing') return onMissing
  return result === 'nothing' ? undefined : { ...onPresent, value: result.value as Json }
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}

function member(parent: JsonValue | undefined, key: string): JsonValue | undefined {
  return isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined
}

function put(found: Map<string, Record<string, unknown>>, keyValue: KeyValue, streamInfo: StreamInfo): void {
  const { namespace, key, value, preservesExisting } = keyValue
  const before = streamInfo.dynamicMetadata?.get(namespace)
  if (preservesExisting && before !== undefined && Object.hasOwn(before, key)) return
  const values = found.get(namespace)
  if (values === undefined) found.set(namespace, { [key]: value })
  else values[key] = value
}

/** What was kept and what came last, as one. */
function joined(kept: ByteQueue | undefined, last: ByteQueue | undefined): Uint8Array {
  const chunks: Uint8Array[] = []
  kept?.forEach((chunk) => void chunks.push(chunk))
  last?.forEach((chunk) => void chunks.push(chunk))
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
