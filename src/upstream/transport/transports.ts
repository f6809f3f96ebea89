/** The transport sockets of a cluster on one thread (Envoy's TransportSocketMatcher). */
import type { Message } from '../../api/config.ts'
import type { FactoryContext } from '../../api/extension.ts'
import type { TransportHost, UpstreamTransportSockets } from '../../api/transport-socket.ts'
import type { TransportConfig } from './transport-config.ts'
import { socketMatchOf } from './transport-config.ts'

type Sockets = UpstreamTransportSockets | undefined

export class Transports {
  readonly #default: Sockets
  readonly #config: TransportConfig
  readonly #matched: readonly Sockets[]

  constructor(config: TransportConfig, context: FactoryContext) {
    const { socket, matches, matcher } = config
    this.#config = config
    matcher?.bind(context)
    this.#default = socket?.extension.create(socket.config, context)
    this.#matched = matches.map((match) => match.socket?.extension.create(match.socket.config, context))
  }

  /** Those for a host, by this metadata; undefined: bytes pass as they are. */
  of(host: TransportHost, endpoint: Message | undefined, locality: Message | undefined): Sockets {
    const at = socketMatchOf(this.#config, endpoint, locality)
    const sockets = at < 0 ? this.#default : this.#matched[at]
    return sockets?.forHost?.(host) ?? sockets
  }
}
