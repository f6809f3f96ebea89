/** transport_socket of a cluster, and what may take its place: transport_socket_matches, with transport_socket_matcher or without. */
import type { Json, Message, Reader } from '../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../api/extension.ts'
import { below } from '../../config/below.ts'
import type { SocketMatcher } from './socket-matcher.ts'
import { readSocketMatcher } from './socket-matcher.ts'
import { valueText } from '../load-balancer/subset/metadata-criteria.ts'

type SocketConfig = ExtensionConfig<'envoy.transport_sockets.upstream'> | undefined

export interface SocketMatchConfig {
  readonly name: string
  /** Members that the metadata must have, values as texts that are equal when they are. */
  readonly criteria: readonly (readonly [name: string, value: string])[]
  readonly socket: SocketConfig
}

/** The Metadata that decides which socket a connection has. */
export interface SocketLabels {
  readonly metadata: Message | undefined
  readonly localityMetadata?: Message | undefined
}

export interface TransportConfig {
  /** undefined: bytes pass as they are. */
  readonly socket: SocketConfig
  readonly matches: readonly SocketMatchConfig[]
  /** Chooses among them by name; undefined: their own criteria do. */
  readonly matcher?: SocketMatcher | undefined
  /** The fields, for the threads that serve; undefined when no host has a socket that does anything. */
  readonly message: Message | undefined
}

export const PLAIN_TRANSPORT: TransportConfig = { socket: undefined, matches: [], message: undefined }

const CATEGORY = 'envoy.transport_sockets.upstream'
const RAW_BUFFER = 'envoy.transport_sockets.raw_buffer'
/** Envoy's words for a socket without a type. */
const NO_SOCKET = "Didn't find a registered implementation for '' with type URL: ''"
/** Metadata of endpoints and localities that says which socket they want. */
const NAMESPACE = 'envoy.transport_socket_match'

export function readTransport(cluster: Reader, context: ParseContext): TransportConfig {
  const readSocket = (reader: Reader): SocketConfig => context.namedExtension(reader, CATEGORY)
  const socket = cluster.has('transport_socket') ? cluster.message('transport_socket', readSocket) : undefined
  const matches = cluster.messages('transport_socket_matches', (match) => {
    if (!match.has('transport_socket')) match.error(undefined, 'NU124', NO_SOCKET)
    return {
      name: match.string('name'),
      criteria: Object.entries((match.raw('match') ?? {}) as Message).map(
        ([name, value]) => [name, valueText(value)] as const,
      ),
      socket: match.has('transport_socket') ? match.message('transport_socket', readSocket) : undefined,
    }
  })
  const matcher = cluster.message('transport_socket_matcher', readSocketMatcher)
  if (matcher !== undefined) refuseEqualNames(cluster, matches)
  const works = [socket, ...matches.map((match) => match.socket)].some(
    (each) => each && each.extension.name !== RAW_BUFFER,
  )
  const { transport_socket, transport_socket_matches, transport_socket_matcher } = cluster.json
  const message = {
    ...(transport_socket !== undefined && { transport_socket }),
    ...(transport_socket_matches !== undefined && { transport_socket_matches }),
    ...(transport_socket_matcher !== undefined && { transport_socket_matcher }),
  }
  return { socket, matches, matcher, message: works ? message : undefined }
}

function refuseEqualNames(cluster: Reader, matches: readonly SocketMatchConfig[]): void {
  const seen = new Set<string>()
  for (const { name } of matches) {
    if (seen.has(name)) {
      const message = `Duplicate transport socket name '${name}' found in transport_socket_matches`
      return cluster.error('transport_socket_matches', 'NU124', message)
    }
    seen.add(name)
  }
}

/** Metadata of an endpoint that has just these labels. */
export function labelled(labels: Message): Message {
  return { filter_metadata: { [NAMESPACE]: labels } }
}

/**
 * What the matcher names, or the first match of the endpoint's metadata, else of its locality's; -1: none, so that
 * transport_socket counts.
 */
export function socketMatchOf(
  { matches, matcher }: Pick<TransportConfig, 'matches' | 'matcher'>,
  endpoint: Message | undefined,
  locality: Message | undefined,
): number {
  if (matches.length === 0) return -1
  if (matcher !== undefined) {
    const wanted = matcher.nameOf(endpoint, locality)
    return matches.findIndex(({ name }) => name === wanted)
  }
  const byEndpoint = firstMatch(matches, endpoint)
  return byEndpoint >= 0 ? byEndpoint : firstMatch(matches, locality)
}

function firstMatch(matches: readonly Pick<SocketMatchConfig, 'criteria'>[], metadata: Message | undefined): number {
  const labels = below(metadata, 'filter_metadata', NAMESPACE)
  const isObject = typeof labels === 'object' && labels !== null && !Array.isArray(labels)
  const members = isObject ? (labels as Readonly<Record<string, Json>>) : {}
  return matches.findIndex(({ criteria }) =>
    criteria.every(([name, value]) => members[name] !== undefined && valueText(members[name]) === value),
  )
}
