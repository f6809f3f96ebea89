/** envoy.config.route.v3.RouteConfiguration: the table that every request of a connection manager is matched against. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { Route, RouteConfig } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { readMutationPair } from './header-mutations.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'
import { RequestView } from './request-view.ts'
import { VirtualHostIndex } from './virtual-host-index.ts'
import type { TableScope, VirtualHostTable } from './virtual-host.ts'
import { readVirtualHost } from './virtual-host.ts'

const DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES = 4096

/** The table as parsed; `bind` gives it the thread's runtime. */
export interface ParsedRouteConfig {
  readonly name: string
  /** Request headers that only internal clients may send (lower case). */
  readonly internalOnlyHeaders: readonly string[]
  bind(runtime: Runtime): RouteConfig
}

export function parseRouteConfiguration(reader: Reader, context: ParseContext): ParsedRouteConfig {
  const name = reader.string('name')
  const checked = withClusterCheck(reader, context)
  const scope: TableScope = {
    routeConfigName: name,
    mutations: readMutationPair(reader),
    filterConfigs: readPerFilterConfigs(reader, context),
    mostSpecificMutationsWin: reader.bool('most_specific_header_mutations_wins', false),
    maxDirectResponseBodyBytes: reader.number('max_direct_response_body_size_bytes', DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES),
  }
  const ignorePort = reader.bool('ignore_port_in_host_matching', false)
  const index = new VirtualHostIndex<VirtualHostTable>()
  reader.messages('virtual_hosts', (host) => {
    const table = readVirtualHost(host, scope, checked)
    addDomains(host, index, table, name)
  })
  reader.raw('metadata')
  return {
    name,
    internalOnlyHeaders: reader.strings('internal_only_headers').map((header) => header.toLowerCase()),
    bind: (runtime) => new RouteTable(name, index, ignorePort, runtime),
  }
}

/** Clusters are checked in static tables unless `validate_clusters` says otherwise. */
function withClusterCheck(reader: Reader, context: ParseContext): ParseContext {
  if (reader.bool('validate_clusters', context.clusterNames !== undefined)) return context
  return { ...context, clusterNames: undefined }
}

function addDomains(reader: Reader, index: VirtualHostIndex<VirtualHostTable>, table: VirtualHostTable, routeName: string): void {
  for (const domain of table.domains) {
    const conflict = index.add(domain, table)
    if (conflict === undefined) continue
    reader.error(
      'domains',
      'NU159',
      conflict.kind === 'second-wildcard'
        ? `Only a single wildcard domain is permitted in route ${routeName}`
        : `Only unique values for domains are permitted. Duplicate entry of domain ${conflict.domain} in route ${routeName}`,
    )
  }
}

class RouteTable implements RouteConfig {
  readonly name: string
  readonly #hosts: VirtualHostIndex<VirtualHostTable>
  readonly #ignorePort: boolean
  readonly #runtime: Runtime

  constructor(name: string, hosts: VirtualHostIndex<VirtualHostTable>, ignorePort: boolean, runtime: Runtime) {
    this.name = name
    this.#hosts = hosts
    this.#ignorePort = ignorePort
    this.#runtime = runtime
  }

  route(headers: RequestHeaders, streamInfo: StreamInfo, randomValue: number): Route | undefined {
    const host = this.#hosts.find(this.#hostOf(headers))
    return host?.route(new RequestView(headers, streamInfo, randomValue), this.#runtime)
  }

  #hostOf(headers: RequestHeaders): string {
    const host = headers.authority ?? ''
    return (this.#ignorePort ? host.replace(/:\d*$/, '') : host).toLowerCase()
  }
}
