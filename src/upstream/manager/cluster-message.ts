/** What a cluster was made from. A control plane's is kept as text, which takes a tenth of the memory. */
import type { Message } from '../../api/config.ts'

export class ClusterMessage {
  readonly #kept: Message | string

  private constructor(kept: Message | string) {
    this.#kept = kept
  }

  /** Part of the bootstrap, which stays anyway. */
  static ofBootstrap(message: Message): ClusterMessage {
    return new ClusterMessage(message)
  }

  static ofControlPlane(message: Message): ClusterMessage {
    return new ClusterMessage(JSON.stringify(message))
  }

  /** Made anew each time. */
  get value(): Message {
    // Written above.
    return typeof this.#kept === 'string' ? (JSON.parse(this.#kept) as Message) : this.#kept
  }

  equals(message: Message): boolean {
    return (typeof this.#kept === 'string' ? this.#kept : JSON.stringify(this.#kept)) === JSON.stringify(message)
  }
}
