/** envoy.config.route.v3.RouteConfiguration: the table that every request of a connection manager is matched against. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { Route, RouteConfig } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { readClusterSpecifiers } from './cluster-specifier.ts'
import { readMutationPair } from './header-mutations.ts'
import { withoutPort } from '../http/host-name.ts'
import { NO_MIRRORS, readInheritedMirrors } from './mirror/mirror-policy.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'
import { RequestView } from './request-view.ts'
import { VirtualHostIndex } from './virtual-host-index.ts'
import type { TableScope, VirtualHostTable } from './virtual-host.ts'
import { readVirtualHost } from './virtual-host.ts'

const DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES = 4096

/** The table as parsed; `bind` gives it what it uses of the thread. */
export interface ParsedRouteConfig {
  readonly name: string
  /** Request headers that only internal clients may send (lower case). */
  readonly internalOnlyHeaders: readonly string[]
  /** `scope` is the server's root: virtual clusters and routes with `stat_prefix` count in it (without it nowhere). */
  bind(runtime: Runtime, scope?: Scope): RouteConfig
}

export function parseRouteConfiguration(reader: Reader, context: ParseContext): ParsedRouteConfig {
  const name = reader.string('name')
  const checked = withClusterCheck(reader, context)
  const scope: TableScope = {
    routeConfigName: name,
    mutations: readMutationPair(reader),
    filterConfigs: readPerFilterConfigs(reader, context),
    mostSpecificMutationsWin: reader.bool('most_specific_header_mutations_wins', false),
    maxDirectResponseBodyBytes: reader.number(
      'max_direct_response_body_size_bytes',
      DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES,
    ),
    mirrors: readInheritedMirrors(reader) ?? NO_MIRRORS,
    specifiers: readClusterSpecifiers(reader),
    ignoresPathParameters: reader.bool('ignore_path_parameters_in_path_matching', false),
  }
  const lookup: HostLookup = {
    ignorePort: reader.bool('ignore_port_in_host_matching', false),
    header: reader.string('vhost_header').toLowerCase(),
    ignorePathParameters: scope.ignoresPathParameters,
  }
  const tables: VirtualHostTable[] = []
  const index = new VirtualHostIndex<VirtualHostTable>()
  reader.messages('virtual_hosts', (host) => {
    const table = readVirtualHost(host, scope, checked)
    tables.push(table)
    addDomains(host, index, table, name)
  })
  reader.ignore('metadata', 'nothing asks a route table for its metadata')
  const internalOnlyHeaders = reader.strings('internal_only_headers').map((header) => header.toLowerCase())
  return {
    name,
    internalOnlyHeaders,
    bind: (runtime, root) => {
      if (root !== undefined) for (const table of tables) table.bind(runtime, root)
      return new RouteTable({ name, internalOnlyHeaders, hosts: index, lookup, runtime })
    },
  }
}

/** Clusters are checked in static tables unless `validate_clusters` says otherwise. */
function withClusterCheck(reader: Reader, context: ParseContext): ParseContext {
  if (reader.bool('validate_clusters', context.clusterNames !== undefined)) return context
  return { ...context, clusterNames: undefined }
}

function addDomains(
  reader: Reader,
  index: VirtualHostIndex<VirtualHostTable>,
  table: VirtualHostTable,
  routeName: string,
): void {
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

/** How a request finds its virtual host and what its path is. */
interface HostLookup {
  readonly ignorePort: boolean
  /** Looks up the value of this header instead of the host; '' for no. */
  readonly header: string
  readonly ignorePathParameters: boolean
}

interface RouteTableParts {
  readonly name: string
  readonly internalOnlyHeaders: readonly string[]
  readonly hosts: VirtualHostIndex<VirtualHostTable>
  readonly lookup: HostLookup
  readonly runtime: Runtime
}

class RouteTable implements RouteConfig {
  readonly name: string
  readonly internalOnlyHeaders: readonly string[]
  readonly #hosts: VirtualHostIndex<VirtualHostTable>
  readonly #lookup: HostLookup
  readonly #runtime: Runtime
  readonly #request: RequestView

  constructor({ name, internalOnlyHeaders, hosts, lookup, runtime }: RouteTableParts) {
    this.name = name
    this.internalOnlyHeaders = internalOnlyHeaders
    this.#hosts = hosts
    this.#lookup = lookup
    this.#runtime = runtime
    this.#request = new RequestView(lookup.ignorePathParameters)
  }

  route(headers: RequestHeaders, streamInfo: StreamInfo, randomValue: number): Route | undefined {
    const host = this.#hosts.onlyDefault ?? this.#find(headers)
    if (host === undefined) return undefined
    streamInfo.virtualHost = host.host
    const request = this.#request
    request.reset(headers, streamInfo, randomValue)
    return host.route(request, this.#runtime)
  }

  #find(headers: RequestHeaders): VirtualHostTable | undefined {
    const { ignorePort, header } = this.#lookup
    const name = header === '' ? headers.authority : headers.get(header)
    if (name === undefined) return undefined
    return this.#hosts.find((ignorePort ? withoutPort(name) : name).toLowerCase())
  }
}
