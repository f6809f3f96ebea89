/** The hosts of a cluster as they go to the workers: plain data, replaced whole. */
import type { Address, IpAddress } from '../api/network.ts'
import type { Locality } from '../api/upstream.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'
import type { Message } from '../api/config.ts'
import type { HealthStatus } from './config/load-assignment.ts'

export type Health = 'healthy' | 'degraded' | 'unhealthy'

/** One host of the main thread's host set. */
export interface HostDescription {
  /** Unique in the process; the same number is the same host, with its pools and counters. */
  readonly id: number
  readonly address: Address
  /** Where else the host can be reached; they race each other. */
  readonly additionalAddresses?: readonly Address[] | undefined
  /** The other face of the same machine, tried when `address` refuses: `localhost` has two. */
  readonly fallbackAddresses: readonly IpAddress[]
  readonly hostname: string
  readonly locality: Locality
  /** 0: it has none. */
  readonly localityWeight: number
  readonly metadata: Message | undefined
  readonly localityMetadata?: Message | undefined
  readonly canary: boolean
  readonly weight: number
  readonly healthStatus: HealthStatus
  readonly priority: number
  /** Wall-clock milliseconds. */
  readonly healthySinceMs: number
  readonly counters: SharedBlock
  /** A thread that needed it made it, and knows it by this. */
  readonly token?: string
  readonly healthCheck?: HostHealthCheck | undefined
}

/** What an endpoint says about checks of its health. */
export interface HostHealthCheck {
  /** Undefined: that of the host. */
  readonly address: Address | undefined
  /** In place of the address's own; 0: none. */
  readonly port: number
  /** '' when none. */
  readonly hostname: string
  readonly disabled: boolean
}

/** `counters` as text can carry it: the buffer's place in the list that travels beside the text. */
export interface HostSnapshot extends Omit<HostDescription, 'counters' | 'metadata' | 'healthCheck'> {
  readonly metadata?: Message
  /** `HEALTH_FLAG`; absent when none is set. */
  readonly flags?: number
  readonly buffer: number
  readonly offset: number
}

/** How well a priority is, for balancing. */
export interface PriorityHealthPolicy {
  readonly overprovisioningFactor: number
  readonly weightedPriorityHealth: boolean
}

/** What an assignment says about its hosts together. */
export interface AssignmentPolicy extends PriorityHealthPolicy {
  /** This part of the requests is not let through; 0–1. */
  readonly dropOverload: number
}

/** The order of hosts within a priority is that of the host set. */
export interface HostsSnapshot {
  readonly hosts: readonly HostSnapshot[]
  readonly policy: AssignmentPolicy
}

/** The text, and the buffers that it refers to. */
export function encodeHosts(
  hosts: readonly HostDescription[],
  policy: AssignmentPolicy,
  /** By number of the host. */
  flagsOf: ReadonlyMap<number, number>,
): {
  readonly snapshot: string
  readonly shared: readonly SharedArrayBuffer[]
} {
  const shared: SharedArrayBuffer[] = []
  const encoded = hosts.map((host) => {
    const { id, counters } = host
    let buffer = shared.indexOf(counters.buffer)
    if (buffer < 0) buffer = shared.push(counters.buffer) - 1
    const flags = flagsOf.get(id)
    return { ...host, counters: undefined, healthCheck: undefined, flags, buffer, offset: counters.offset }
  })
  return { snapshot: JSON.stringify({ hosts: encoded, policy }), shared }
}
