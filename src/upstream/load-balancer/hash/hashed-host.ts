/** A host as tables of hashes see it. */
import { toWireText } from '../../../base/wire-text.ts'
import type { EndpointHost } from '../../endpoint-host.ts'
import type { HostSet, WeightedHost } from '../host-set.ts'
import { lbMetadata } from '../lb-metadata.ts'
import type { HashOwner } from './host-hashes.ts'

export interface HashedKey {
  /** What is hashed, as wire text: its address, unless something else is configured. */
  readonly key: string
  /** Its part of the whole, 0–1. */
  readonly share: number
  /** Who keeps the hashes of the key until the next table; undefined: nobody. */
  readonly owner?: HashOwner
}

export interface HashedHost extends HashedKey {
  readonly host: EndpointHost
}

export interface HashingOptions {
  readonly useHostname: boolean
  readonly localityWeighted: boolean
}

/** Those that may be chosen; in panic all. Shares add up to 1. */
export function hashedHosts(set: HostSet, inPanic: boolean, options: HashingOptions): readonly HashedHost[] {
  const eligible = inPanic ? 'all' : 'healthy'
  if (!options.localityWeighted || !set.hasLocalityWeights) return shared(set[eligible], 1, options.useHostname)
  const total = set.localities.reduce((sum, { weight }) => sum + weight, 0)
  return set.localities.flatMap((locality) =>
    locality.weight === 0 ? [] : shared(locality[eligible], locality.weight / total, options.useHostname),
  )
}

function shared(hosts: readonly WeightedHost[], whole: number, useHostname: boolean): readonly HashedHost[] {
  const sum = hosts.reduce((total, { weight }) => total + weight, 0)
  return hosts.map(({ host, weight }) => {
    return { host, key: keyOf(host, useHostname), share: (weight * whole) / sum, owner: host }
  })
}

function keyOf(host: EndpointHost, useHostname: boolean): string {
  const own = lbMetadata(host.metadata)?.['hash_key']
  if (typeof own === 'string' && own !== '') return toWireText(own)
  return useHostname ? toWireText(host.hostname) : host.address.text
}
