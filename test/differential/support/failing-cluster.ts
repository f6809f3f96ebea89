/* Clusters whose hosts fail by chance: each request says by its hash which host it wants. */
import type { Side } from './side.ts'

/** `keyOf`: what is hashed of a place; `port`: where it is, see `portsOf`. */
export function clusterByHash(
  name: string,
  places: readonly string[],
  port: (place: string) => number,
  keyOf: (place: string) => string,
): object {
  return {
    name,
    type: 'STATIC',
    lb_policy: 'MAGLEV',
    maglev_lb_config: { table_size: 101 },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: places.map((place) => ({
            metadata: { filter_metadata: { 'envoy.lb': { hash_key: keyOf(place) } } },
            endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(place) } } },
          })),
        },
      ],
    },
  }
}

/** Beside the backends there is `dead`, where nobody listens, and `hole`, where nobody answers. */
export function portsOf(backend: (name: string) => number, hole: number): (place: string) => number {
  return (place) => (place === 'dead' ? 1 : place === 'hole' ? hole : backend(place))
}

/** /clusters as text, in no order, and as JSON, a note for each cluster. */
export async function noteClusters(side: Side): Promise<void> {
  await side.noteAdmin('/clusters', (text) => text.split('\n').toSorted())
  const json = JSON.parse(await side.proxy.admin('/clusters?format=json')) as {
    cluster_statuses: { name: string }[]
  }
  for (const status of json.cluster_statuses) side.note(`JSON of ${status.name}`, status)
}
