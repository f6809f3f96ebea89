/**
 * FilterChainMatch: which chain of a listener takes a connection
 * (envoy.config.listener.v3.FilterChainMatch).
 *
 * The criteria are weighed one after the other, and at each of them the most specific value that any remaining
 * chain names wins; chains without a word on it are the fallback. There is no way back: once a chain was dropped
 * for being less specific, it is not considered again when the rest of the better one fails.
 */
import type { Address, ConnectionInfo } from '../api/network.ts'
import type { CidrRange } from '../config/cidr-range.ts'
import { isLocalPeer } from '../config/matchers/local-peer.ts'

export type ConnectionSourceType = 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL'

export interface FilterChainMatch {
  readonly destinationPort: number | undefined
  readonly prefixRanges: readonly CidrRange[]
  readonly serverNames: readonly string[]
  readonly transportProtocol: string
  readonly applicationProtocols: readonly string[]
  readonly directSourcePrefixRanges: readonly CidrRange[]
  readonly sourceType: ConnectionSourceType
  readonly sourcePrefixRanges: readonly CidrRange[]
  readonly sourcePorts: readonly number[]
}

export interface Matchable {
  readonly match: FilterChainMatch
}

/** The chain for this connection, or undefined when none matches. */
export function findFilterChain<T extends Matchable>(chains: readonly T[], info: ConnectionInfo): T | undefined {
  if (chains.length === 1 && matchesEverything(chains[0]!.match)) return chains[0]
  let left = byPort(chains, info.localAddress)
  left = byPrefix(left, info.localAddress, (match) => match.prefixRanges)
  left = byServerName(left, info.requestedServerName)
  left = byTransportProtocol(left, info.detectedTransportProtocol)
  left = byApplicationProtocol(left, info.requestedApplicationProtocols)
  left = byPrefix(left, info.directRemoteAddress, (match) => match.directSourcePrefixRanges)
  left = bySourceType(left, info)
  left = byPrefix(left, info.remoteAddress, (match) => match.sourcePrefixRanges)
  left = bySourcePort(left, info.remoteAddress)
  return left[0]
}

export function matchesEverything(match: FilterChainMatch): boolean {
  return (
    match.destinationPort === undefined &&
    match.prefixRanges.length === 0 &&
    match.serverNames.length === 0 &&
    match.transportProtocol === '' &&
    match.applicationProtocols.length === 0 &&
    match.directSourcePrefixRanges.length === 0 &&
    match.sourceType === 'ANY' &&
    match.sourcePrefixRanges.length === 0 &&
    match.sourcePorts.length === 0
  )
}

/** Keeps those that name the value; when none does, those that name nothing. */
function prefer<T extends Matchable>(
  chains: readonly T[],
  names: (match: FilterChainMatch) => boolean,
  silent: (match: FilterChainMatch) => boolean,
): readonly T[] {
  const named = chains.filter((chain) => names(chain.match))
  return named.length > 0 ? named : chains.filter((chain) => silent(chain.match))
}

function byPort<T extends Matchable>(chains: readonly T[], local: Address): readonly T[] {
  const port = local.kind === 'ip' ? local.port : undefined
  return prefer(
    chains,
    (match) => match.destinationPort !== undefined && match.destinationPort === port,
    (match) => match.destinationPort === undefined,
  )
}

/** The longest prefix; a chain without ranges has the one of no bits, which takes every address. */
function byPrefix<T extends Matchable>(
  chains: readonly T[],
  address: Address,
  ranges: (match: FilterChainMatch) => readonly CidrRange[],
): readonly T[] {
  let best = 0
  let winners: T[] = []
  for (const chain of chains) {
    const own = ranges(chain.match)
    let length = own.length === 0 ? 0 : -1
    for (const range of own) {
      if (range.prefixLength > length && range.contains(address)) length = range.prefixLength
    }
    if (length < best) continue
    if (length > best) winners = []
    best = length
    winners.push(chain)
  }
  return winners
}

function byServerName<T extends Matchable>(chains: readonly T[], serverName: string): readonly T[] {
  // Exact name, then the wildcards from the longest suffix to the shortest, then chains without names.
  let candidate = serverName
  while (candidate !== '') {
    const named = chains.filter((chain) => chain.match.serverNames.includes(candidate))
    if (named.length > 0) return named
    const dot = candidate.indexOf('.', candidate.startsWith('*.') ? 2 : 0)
    candidate = dot < 0 ? '' : `*${candidate.slice(dot)}`
  }
  return chains.filter((chain) => chain.match.serverNames.length === 0)
}

function byTransportProtocol<T extends Matchable>(chains: readonly T[], protocol: string): readonly T[] {
  return prefer(
    chains,
    (match) => match.transportProtocol !== '' && match.transportProtocol === protocol,
    (match) => match.transportProtocol === '',
  )
}

function byApplicationProtocol<T extends Matchable>(chains: readonly T[], offered: readonly string[]): readonly T[] {
  for (const protocol of offered) {
    const named = chains.filter((chain) => chain.match.applicationProtocols.includes(protocol))
    if (named.length > 0) return named
  }
  return chains.filter((chain) => chain.match.applicationProtocols.length === 0)
}

function bySourceType<T extends Matchable>(chains: readonly T[], info: ConnectionInfo): readonly T[] {
  const type: ConnectionSourceType = isLocalPeer(info) ? 'SAME_IP_OR_LOOPBACK' : 'EXTERNAL'
  return prefer(
    chains,
    (match) => match.sourceType === type,
    (match) => match.sourceType === 'ANY',
  )
}

function bySourcePort<T extends Matchable>(chains: readonly T[], remote: Address): readonly T[] {
  const port = remote.kind === 'ip' ? remote.port : -1
  return prefer(
    chains,
    (match) => match.sourcePorts.includes(port),
    (match) => match.sourcePorts.length === 0,
  )
}
