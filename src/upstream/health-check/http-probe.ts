/** Asks by an HTTP/1.1 request on a connection of its own, which later questions use again. */
import type { Dispatcher } from '../../api/event.ts'
import type { ResponseHeaders } from '../../api/headers.ts'
import type { Scope } from '../../api/stats.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import type { Http1ClientSettings } from '../../codec/http1/settings.ts'
import { applyMutations, isEmpty } from '../../router/header-mutations.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { createHttp1Stats } from '../cluster-stats.ts'
import type { UpstreamConnection } from '../pool/upstream-connection.ts'
import type { HttpHealthCheck, StatusRange } from './http-health-check-config.ts'
import { HttpProbeClient } from './http-probe-client.ts'
import { containsInOrder } from './payload.ts'
import type { Probe, ProbeResults } from './probe.ts'
import { NETWORK_FAILURE } from './probe.ts'
import { probeContext } from './probe-context.ts'

export interface HttpProbeDeps {
  readonly host: HostDescription
  readonly clusterName: string
  readonly reuseConnection: boolean
  readonly results: ProbeResults
  readonly codec: Http1ClientSettings
  /** `cluster.<name>.` */
  readonly scope: Scope
  readonly dispatcher: Dispatcher
  connect(): UpstreamConnection
  /** The runtime may have the name of the service not be looked at. */
  verifiesService(): boolean
  onServiceVerified(): void
}

const USER_AGENT = 'Envoy/HC'

export class HttpProbe implements Probe {
  readonly #check: HttpHealthCheck
  readonly #deps: HttpProbeDeps
  readonly #authority: string
  #client: HttpProbeClient | undefined = undefined
  #statsShown = false

  constructor(check: HttpHealthCheck, deps: HttpProbeDeps) {
    this.#check = check
    this.#deps = deps
    this.#authority = deps.host.healthCheck?.hostname || check.host || deps.clusterName
  }

  ask(): void {
    this.#client ??= this.#connect()
    this.#client.request(this.#requestHeaders(), this.#check.send)
  }

  onTimeout(): void {
    this.#drop()
  }

  close(): void {
    this.#drop()
  }

  #connect(): HttpProbeClient {
    const { scope, codec } = this.#deps
    if (!this.#statsShown) createHttp1Stats(scope)
    this.#statsShown = true
    const keeps = this.#check.receive.length === 0 ? 0 : this.#check.responseBufferBytes || Infinity
    return new HttpProbeClient(this.#deps.connect(), codec, keeps, {
      onResponse: (headers, body, reusable) => this.#onResponse(headers, body, reusable),
      onFailed: () => this.#onFailed(),
      onClosed: () => (this.#client = undefined),
      onProtocolError: () => scope.counter('upstream_cx_protocol_error').inc(),
    })
  }

  #requestHeaders(): RequestHeaders {
    const { method, path, headers: mutations, send } = this.#check
    const headers = newRequestHeaders(method, path, this.#authority)
    headers.scheme = 'http'
    headers.set('user-agent', USER_AGENT)
    if (!isEmpty(mutations)) applyMutations(mutations, headers, probeContext(headers, this.#deps))
    if (send.length > 0) headers.set('content-length', String(send.length))
    return headers
  }

  #onFailed(): void {
    this.#client = undefined
    this.#deps.results.failed(NETWORK_FAILURE)
  }

  #onResponse(headers: ResponseHeaders, body: Buffer, reusable: boolean): void {
    const closes =
      !reusable || !this.#deps.reuseConnection || headers.get('proxy-connection')?.toLowerCase() === 'close'
    // Before the result is told, as the next question may come with it.
    if (closes) this.#drop()
    this.#judge(headers, body)
  }

  #judge(headers: ResponseHeaders, body: Buffer): void {
    const { results } = this.#deps
    const { receive, expectedStatuses, retriableStatuses } = this.#check
    const { status } = headers
    if (!containsInOrder(receive, body)) return this.#fail(headers, false)
    if (!isIn(expectedStatuses, status)) return this.#fail(headers, isIn(retriableStatuses, status))
    if (!this.#isRightService(headers)) return results.failed({ type: 'ACTIVE', retriable: false, status })
    results.succeeded(headers.get('x-envoy-degraded') !== undefined)
  }

  #fail(headers: ResponseHeaders, retriable: boolean): void {
    const { results } = this.#deps
    if (headers.get('x-envoy-immediate-health-check-fail') !== undefined) results.excluded()
    results.failed({ type: 'ACTIVE', retriable, status: headers.status })
  }

  #isRightService(headers: ResponseHeaders): boolean {
    const { serviceName } = this.#check
    if (serviceName === undefined || !this.#deps.verifiesService()) return true
    this.#deps.onServiceVerified()
    return serviceName(headers.get('x-envoy-upstream-healthchecked-cluster') ?? '')
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    client?.drop()
  }
}

function isIn(ranges: readonly StatusRange[], status: number): boolean {
  return ranges.some(({ start, end }) => status >= start && status < end)
}
