/** Has the server name of a connection looked up before tcp_proxy asks for its host (Envoy's SniDynamicForwardProxy). */
import type { DnsCache, DnsHost, DnsWaiter } from '../../../../api/dns-cache.ts'
import type { FilterStatus, NetworkFilterChainBuilder, ReadFilter } from '../../../../api/network.ts'
import { dynamicHost, dynamicPort } from '../../../../upstream/dynamic-forward-proxy/dynamic-target.ts'
import { saveUpstreamAddress } from '../../../../upstream/dynamic-forward-proxy/upstream-address.ts'
import type { SniForwardProxyConfig } from './config.ts'

export class SniForwardProxyFilter implements ReadFilter, DnsWaiter {
  readonly #config: SniForwardProxyConfig
  readonly #cache: DnsCache
  readonly #chain: NetworkFilterChainBuilder
  #cancel: (() => void) | undefined = undefined

  constructor(config: SniForwardProxyConfig, cache: DnsCache, chain: NetworkFilterChainBuilder) {
    this.#config = config
    this.#cache = cache
    this.#chain = chain
  }

  onNewConnection(): FilterStatus {
    const { connection } = this.#chain
    const state = connection.streamInfo.filterState
    const host = dynamicHost(state) ?? connection.info.requestedServerName
    // Whatever comes next finds no host.
    if (host === '') return 'continue'
    const load = this.#cache.load(host, dynamicPort(state) ?? this.#config.port, this)
    // What Envoy does between its two limits.
    if (load.kind !== 'too-many-pending') this.#tellPort()
    switch (load.kind) {
      case 'cached':
        this.#save(load.host)
        return 'continue'
      case 'loading':
        this.#cancel = load.cancel
        connection.addCallbacks(this)
        connection.readDisable(true)
        return 'stop'
      case 'overflow':
      case 'too-many-pending':
        connection.close('no-flush')
        return 'stop'
    }
  }

  onData(): FilterStatus {
    return 'continue'
  }

  onDnsHost(host: DnsHost): void {
    const { connection, callbacks } = this.#chain
    this.#cancel = undefined
    connection.removeCallbacks(this)
    this.#save(host)
    connection.readDisable(false)
    callbacks.continueReading()
  }

  onEvent(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  /** The cluster has to look for the same port. */
  #tellPort(): void {
    const { filterState } = this.#chain.connection.streamInfo
    if (dynamicPort(filterState) !== undefined) return
    const { port } = this.#config
    filterState.set('envoy.upstream.dynamic_port', { serializeAsString: () => `${port}`, serializeAsJson: () => port })
  }

  #save({ address }: DnsHost): void {
    if (!this.#config.savesUpstreamAddress || address === undefined) return
    saveUpstreamAddress(this.#chain.connection.streamInfo.filterState, address)
  }
}
