/* Resources in files, replaced as a user would: written beside and moved over. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TYPES = {
  listener: 'envoy.config.listener.v3.Listener',
  cluster: 'envoy.config.cluster.v3.Cluster',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  filter: 'envoy.config.core.v3.TypedExtensionConfig',
  scopes: 'envoy.config.route.v3.ScopedRouteConfiguration',
  named: 'envoy.service.discovery.v3.Resource',
} as const

export function writeResources(
  folder: string,
  file: string,
  kind: keyof typeof TYPES,
  resources: readonly object[],
  version = '1',
): void {
  const list = resources.map((resource) => ({ '@type': `type.googleapis.com/${TYPES[kind]}`, ...resource }))
  const path = join(folder, file)
  writeFileSync(`${path}.new`, JSON.stringify({ version_info: version, resources: list }))
  renameSync(`${path}.new`, path)
}

export function fileSource(file: string): object {
  return { path_config_source: { path: `{folder}/${file}` }, resource_api_version: 'V3' }
}

export const NODE = { id: 'node', cluster: 'cluster' }

export function assignment(name: string, ports: readonly number[]): object {
  return {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: ports.map((port) => ({
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
        })),
      },
    ],
  }
}

/** Tries until `done`; throws after `withinMs`. */
export async function eventually(what: string, done: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const limit = performance.now() + withinMs
  while (!(await done())) {
    if (performance.now() > limit) throw new Error(`${what} did not happen`)
    await Bun.sleep(20)
  }
}

/** A resource that has no name of its own; of the kind `named`. */
export function named(type: string, name: string, resource: object): object {
  return {
    name,
    resource: { '@type': `type.googleapis.com/${type}`, ...resource },
  }
}
