/** A route of the table that was chosen for a request. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { DirectBody, DirectResponse, Route, RouteEntry, RouteTracing, VirtualHost } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { BodyFormat } from './direct-response.ts'
import type { MutationLevels } from './mutation-levels.ts'
import type { PerFilterConfigs } from './per-filter-config.ts'
import { mostSpecific } from './per-filter-config.ts'
import type { Redirect } from './redirect.ts'

export interface RouteBase {
  readonly name: string
  readonly virtualHost: VirtualHost
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly tracing?: RouteTracing | undefined
}

export class ChosenRoute implements Route {
  readonly name: string
  readonly virtualHost: VirtualHost
  readonly entry: RouteEntry | undefined
  readonly directResponse: DirectResponse | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly tracing: RouteTracing | undefined
  readonly refresh?: Route['refresh']
  readonly #filterConfigs: readonly PerFilterConfigs[]

  constructor(
    base: RouteBase,
    filterConfigs: readonly PerFilterConfigs[],
    entry: RouteEntry | undefined,
    directResponse: DirectResponse | undefined,
    refresh?: Route['refresh'],
  ) {
    this.name = base.name
    this.virtualHost = base.virtualHost
    this.metadata = base.metadata
    this.tracing = base.tracing
    this.entry = entry
    this.directResponse = directResponse
    if (refresh !== undefined) this.refresh = refresh
    this.#filterConfigs = filterConfigs.filter((level) => level.size > 0)
  }

  perFilterConfig(filterName: string): unknown {
    const configs = this.#filterConfigs
    for (let i = 0; i < configs.length; i++) {
      // A level that only enables or disables leaves the word to the next one.
      const config = configs[i]!.get(filterName)?.config
      if (config !== undefined) return config
    }
    return undefined
  }

  perFilterConfigs(filterName: string): readonly unknown[] {
    const found: unknown[] = []
    const configs = this.#filterConfigs
    for (let i = configs.length - 1; i >= 0; i--) {
      const config = configs[i]!.get(filterName)?.config
      if (config !== undefined) found.push(config)
    }
    return found
  }

  filterEnabled(filterName: string): boolean | undefined {
    if (this.#filterConfigs.length === 0) return undefined
    const config = mostSpecific(this.#filterConfigs, filterName)
    return config === undefined ? undefined : !config.disabled
  }
}

/** Answers without an upstream: a redirect or a fixed reply. */
export class RouteReply implements DirectResponse {
  readonly status: number
  readonly body: string
  readonly #location: Redirect['location'] | undefined
  readonly #mutations: MutationLevels
  readonly #format: BodyFormat | undefined

  constructor(
    status: number,
    body: string,
    location: Redirect['location'] | undefined,
    mutations: MutationLevels,
    format?: BodyFormat,
  ) {
    this.#format = format
    this.status = status
    this.body = body
    this.#location = location
    this.#mutations = mutations
  }

  newUri(headers: RequestHeaders, streamInfo: StreamInfo): string | undefined {
    return this.#location?.(headers, streamInfo)
  }

  formatBody(headers: RequestHeaders, streamInfo: StreamInfo): DirectBody | undefined {
    return this.#format?.(headers, streamInfo)
  }

  finalizeResponseHeaders(headers: ResponseHeaders, streamInfo: StreamInfo): void {
    this.#mutations.applyToResponse(headers, streamInfo)
  }
}
