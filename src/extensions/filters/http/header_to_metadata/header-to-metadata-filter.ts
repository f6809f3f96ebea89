/** Copies headers and cookies into the dynamic metadata of a stream. */
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import { cookieValue } from '../../../../router/cookies.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { HeaderToMetadataConfig, KeyValue, Rule } from './config.ts'
import { metadataValue } from './metadata-value.ts'
import type { RuleStats, RuleStatsTable } from './rule-stats.ts'

export class HeaderToMetadataFilter extends PassThroughFilter {
  readonly #own: HeaderToMetadataConfig
  readonly #stats: RuleStatsTable
  #chosen: HeaderToMetadataConfig | undefined = undefined

  constructor(config: HeaderToMetadataConfig, stats: RuleStatsTable) {
    super()
    this.#own = config
    this.#stats = stats
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    this.#apply('request', headers)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders): 'continue' {
    this.#apply('response', headers)
    return 'continue'
  }

  /** The route's or the filter's own, whichever it was at the first look. */
  get #config(): HeaderToMetadataConfig {
    return (this.#chosen ??= (this.callbacks.perRouteConfig as HeaderToMetadataConfig | undefined) ?? this.#own)
  }

  #apply(direction: 'request' | 'response', headers: HeaderMap): void {
    const rules = this.#config[direction]
    if (rules.length === 0) return
    const stats = this.#stats.get(this.#config.statPrefix)
    const counts = stats?.[direction]
    const found = new Map<string, Record<string, unknown>>()
    for (const rule of rules) {
      counts?.rulesProcessed.inc()
      const value = takeValue(rule, headers)
      if (value === undefined && rule.onMissing !== undefined) counts?.headerNotFound.inc()
      const keyValue = value === undefined ? rule.onMissing : rule.onPresent
      if (keyValue !== undefined && put(found, keyValue, value ?? '', stats)) counts?.metadataAdded.inc()
    }
    for (const [namespace, values] of found) this.callbacks.streamInfo.setDynamicMetadata(namespace, values)
  }
}

/** Undefined when there is no such header, or the cookie is absent or empty. */
function takeValue({ source, remove }: Rule, headers: HeaderMap): string | undefined {
  if (source.kind === 'cookie') return cookieValue(headers, source.name) || undefined
  if (!headers.has(source.name)) return undefined
  const value = headers.getAll(source.name).join(',')
  if (remove) headers.remove(source.name)
  return value
}

/** True when there is a value to keep. */
function put(
  found: Map<string, Record<string, unknown>>,
  keyValue: KeyValue,
  received: string,
  stats: RuleStats | undefined,
): boolean {
  const { value, rewrite, namespace, key } = keyValue
  const rewritten = rewrite === undefined ? received : rewrite.regex.replaceAll(received, rewrite.substitution)
  const text = value === '' ? rewritten : value
  if (text === '') {
    if (received !== '') stats?.regexSubstitutionFailed.inc()
    return false
  }
  const result = metadataValue(text, keyValue)
  if (typeof result !== 'string') {
    const values = found.get(namespace)
    if (values === undefined) found.set(namespace, { [key]: result.value })
    else values[key] = result.value
    return true
  }
  if (result === 'too-long') stats?.headerValueTooLong.inc()
  else if (result === 'not-base64') stats?.base64DecodeFailed.inc()
  return false
}
