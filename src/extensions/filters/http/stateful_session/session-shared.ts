/** What the streams of one stateful session filter share on a thread. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { SessionStateFactory } from '../../../../api/stateful-session.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { StatefulSessionConfig } from './config.ts'

export interface SessionStats {
  readonly routed: Counter
  readonly failedOpen: Counter
  readonly failedClosed: Counter
  readonly noSession: Counter
}

export class SessionShared {
  readonly config: StatefulSessionConfig
  /** Only the filter's own configuration counts. */
  readonly stats: SessionStats | undefined
  readonly #context: FactoryContext
  readonly #factories = new WeakMap<StatefulSessionConfig, SessionStateFactory>()

  constructor(config: StatefulSessionConfig, context: FactoryContext) {
    this.config = config
    this.#context = context
    const { statPrefix } = config
    if (statPrefix === '') return
    const scope = context.httpScope.scope(`stateful_session.${statPrefix}.`)
    this.stats = {
      routed: scope.counter('routed'),
      failedOpen: scope.counter('failed_open'),
      failedClosed: scope.counter('failed_closed'),
      noSession: scope.counter('no_session'),
    }
  }

  /** Undefined where the configuration has no sessions. */
  factoryOf(config: StatefulSessionConfig): SessionStateFactory | undefined {
    const { sessionState } = config
    if (sessionState === undefined) return undefined
    const known = this.#factories.get(config)
    if (known !== undefined) return known
    const made = sessionState.extension.create(sessionState.config, this.#context)
    this.#factories.set(config, made)
    return made
  }
}
