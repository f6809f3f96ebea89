/** A proxy whose listener, cluster and routes come from files, each of which can be replaced by its next version. */
import { join } from 'node:path'
import { httpListener, routeTo, staticCluster } from '../../test/support/configs.ts'
import { eventually, NODE, writeResources } from '../../test/support/dynamic-files.ts'
import type { RestartChain } from '../../test/support/restart-chain.ts'

const FILES = { listener: 'lds.json', cluster: 'cds.json', routes: 'rds.json' } as const
/** Where /config_dump says which version is in use. */
const DUMPED = {
  listener: 'dynamic_listeners',
  cluster: 'dynamic_active_clusters',
  routes: 'dynamic_route_configs',
} as const

type Kind = keyof typeof FILES

export class ChangingConfig {
  readonly bootstrap: object
  readonly #chain: RestartChain
  readonly #backendPort: number
  readonly #versions: Record<Kind, number> = { listener: 1, cluster: 1, routes: 1 }

  /** Writes the files. */
  constructor(chain: RestartChain, backendPort: number) {
    this.#chain = chain
    this.#backendPort = backendPort
    for (const kind of ['routes', 'cluster', 'listener'] as const) this.#write(kind)
    this.bootstrap = {
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: chain.adminPort } } },
      node: NODE,
      stats_flush_interval: '0.5s',
      dynamic_resources: { lds_config: this.#source('listener'), cds_config: this.#source('cluster') },
    }
  }

  /** Moves the next version over the file, and returns once the newest epoch uses it. */
  async update(kind: Kind): Promise<void> {
    const version = ++this.#versions[kind]
    this.#write(kind)
    await eventually(`version ${version} of the ${kind}`, async () => {
      const dump = await this.#chain.admin(`/config_dump?resource=${DUMPED[kind]}`)
      return dump.includes(`"version_info": "${version}"`)
    })
  }

  #write(kind: Kind): void {
    const version = this.#versions[kind]
    const resource = this[`${kind}Of`](version)
    writeResources(this.#chain.folder, FILES[kind], kind, [resource], String(version))
  }

  #source(kind: Kind): object {
    return { path_config_source: { path: join(this.#chain.folder, FILES[kind]) }, resource_api_version: 'V3' }
  }

  private listenerOf(version: number): object {
    const byName = { route_config_name: 'routes', config_source: this.#source('routes') }
    const extra = { route_config: undefined, rds: byName, upgrade_configs: [{ upgrade_type: 'websocket' }] }
    const address = { socket_address: { address: '127.0.0.1', port_value: this.#chain.port } }
    return { ...httpListener('front', { extra }), address, per_connection_buffer_limit_bytes: 1_000_000 + version }
  }

  private clusterOf(version: number): object {
    return { ...staticCluster('app', [this.#backendPort]), connect_timeout: `${version}s` }
  }

  private routesOf(version: number): object {
    const routes = [routeTo('app', '/', { timeout: '0s' })]
    const headers = [{ header: { key: 'x-version', value: String(version) } }]
    return {
      name: 'routes',
      virtual_hosts: [{ name: 'all', domains: ['*'], routes }],
      response_headers_to_add: headers,
    }
  }
}
