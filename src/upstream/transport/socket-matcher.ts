/** transport_socket_matcher of a cluster: a tree over the metadata of a host names one of transport_socket_matches. */
import type { AnyReader, Message, Reader } from '../../api/config.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { MatchTree, MatchTreeDeps } from '../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../config/matchers/tree/read-match-tree.ts'

const ACTION = 'envoy.extensions.matching.common_inputs.transport_socket.v3.TransportSocketNameAction'

/** No input of these trees asks for it. */
const NO_STREAM = undefined as unknown as StreamInfo

export class SocketMatcher {
  readonly #tree: MatchTree<string>

  constructor(tree: MatchTree<string>) {
    this.#tree = tree
  }

  /** The name of a match; undefined: none, so that transport_socket counts. */
  nameOf(endpointMetadata: Message | undefined, localityMetadata: Message | undefined): string | undefined {
    const result = this.#tree.match({ streamInfo: NO_STREAM, request: undefined, endpointMetadata, localityMetadata })
    return result.kind === 'match' ? result.action : undefined
  }

  /** Once, before the first host. */
  bind(deps: MatchTreeDeps): void {
    this.#tree.bind(deps)
  }
}

export function readSocketMatcher(reader: Reader): SocketMatcher {
  const readAction = (any: AnyReader, at: Reader): string | undefined =>
    any.typeName === ACTION ? any.reader.string('name') : refuseAction(at, any)
  return new SocketMatcher(readMatchTree(reader, { inputs: 'transport-socket', keepMatching: true, readAction }))
}
