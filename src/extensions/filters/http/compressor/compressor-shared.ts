/** What all streams of one configured filter share. */
import type { CompressorFactory } from '../../../../api/compression.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { CompressorConfig, CompressorLibrary } from './config.ts'
import type { DirectionStats, ResponseStats } from './stats.ts'
import { createDirectionStats, createResponseStats } from './stats.ts'

export class CompressorShared {
  readonly config: CompressorConfig
  readonly runtime: Runtime
  readonly requestStats: DirectionStats
  readonly responseStats: DirectionStats
  readonly acceptStats: ResponseStats
  readonly #context: FactoryContext
  readonly #factory: CompressorFactory
  /** Of routes that name another library; made when the first request comes by. */
  readonly #factories = new WeakMap<CompressorLibrary, CompressorFactory>()

  constructor(config: CompressorConfig, context: FactoryContext) {
    this.config = config
    this.runtime = context.runtime
    this.#context = context
    this.#factory = create(config.library, context)
    const scope = context.httpScope.scope(`compressor.${config.library.name}.${this.#factory.statPrefix}`)
    this.requestStats = createDirectionStats(scope.scope('request.'))
    const { statPrefix } = config.response
    this.responseStats = createDirectionStats(statPrefix === '' ? scope : scope.scope(statPrefix))
    this.acceptStats = createResponseStats(scope)
  }

  /** The factory of the route's library, or of the filter's own. */
  factory(library: CompressorLibrary | undefined): CompressorFactory {
    if (library === undefined) return this.#factory
    let factory = this.#factories.get(library)
    if (factory === undefined) {
      factory = create(library, this.#context)
      this.#factories.set(library, factory)
    }
    return factory
  }
}

function create(library: CompressorLibrary, context: FactoryContext): CompressorFactory {
  return library.extension.create(library.config, context)
}
