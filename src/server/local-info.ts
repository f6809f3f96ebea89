/** Who this process is: the node of the bootstrap, overridden by --service-node, --service-cluster, --service-zone. */
import type { Message, Reader } from '../api/config.ts'
import type { LocalInfo } from '../api/extension.ts'
import type { Locality } from '../api/upstream.ts'
import { VERSION_TEXT } from './version.ts'

export interface Node {
  readonly id: string
  readonly cluster: string
  readonly region: string
  readonly zone: string
  readonly subZone: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly message: Message
}

const NOBODY: Node = { id: '', cluster: '', region: '', zone: '', subZone: '', metadata: {}, message: {} }

export interface NodeOverrides {
  readonly serviceNode: string
  readonly serviceCluster: string
  readonly serviceZone: string
}

export function readNode(reader: Reader): Node {
  return reader.message('node', readNodeMessage) ?? NOBODY
}

function readNodeMessage(reader: Reader): Node {
  // All of it travels to control planes and shows in dumps; nothing in it is without effect.
  const message = reader.keep()
  const locality = reader.message('locality', (place) => ({
    region: place.string('region'),
    zone: place.string('zone'),
    subZone: place.string('sub_zone'),
  }))
  return {
    id: reader.string('id'),
    cluster: reader.string('cluster'),
    region: locality?.region ?? '',
    zone: locality?.zone ?? '',
    subZone: locality?.subZone ?? '',
    metadata: reader.struct('metadata') ?? {},
    message,
  }
}

export function localInfo(node: Node, overrides: NodeOverrides, localAddress: string): LocalInfo {
  return {
    nodeId: overrides.serviceNode || node.id,
    clusterName: overrides.serviceCluster || node.cluster,
    zone: overrides.serviceZone || node.zone,
    region: node.region,
    subZone: node.subZone,
    localAddress,
    nodeMetadata: node.metadata,
    buildVersion: VERSION_TEXT,
  }
}

/** Undefined: the node does not say where it is. */
export function localityOf({ region, zone, subZone }: LocalInfo): Locality | undefined {
  return region === '' && zone === '' && subZone === '' ? undefined : { region, zone, subZone }
}
