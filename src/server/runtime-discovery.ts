/** The runtime layers that control planes fill: the start goes on once each of them has been heard of. */
import type { Logger } from '../api/log.ts'
import { InitManager } from '../base/init-manager.ts'
import type { RtdsLayerDeps } from '../runtime/rtds-layer.ts'
import { RtdsLayer } from '../runtime/rtds-layer.ts'
import type { LayeredRuntimeConfig } from '../runtime/runtime-config.ts'
import { StartError } from './start-error.ts'

export class RuntimeDiscovery {
  readonly #layers: readonly RtdsLayer[]
  readonly #initManager = new InitManager('RTDS')
  readonly #logger: Logger

  /** Throws StartError where a source is missing. */
  constructor({ layers }: LayeredRuntimeConfig, deps: RtdsLayerDeps, logger: Logger) {
    this.#logger = logger
    this.#layers = layers.flatMap((layer) => (layer.kind === 'rtds' ? [new RtdsLayer(layer, deps)] : []))
    for (const layer of this.#layers) {
      const subscribed = layer.subscribe()
      if (!subscribed.ok) throw new StartError(subscribed.message)
      this.#initManager.add(layer)
    }
  }

  /** `done` once, possibly before this returns. */
  start(done: () => void): void {
    this.#initManager.initialize(() => {
      this.#logger.info('source/common/runtime/runtime_impl.cc:567', 'RTDS has finished initialization')
      done()
    })
  }

  close(): void {
    for (const layer of this.#layers) layer.close()
  }
}
