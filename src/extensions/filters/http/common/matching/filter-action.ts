/** What a matcher around or in a filter decides: to skip the filter, or which filter to run. */
import type { AnyReader, Reader } from '../../../../../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../../../../../api/extension.ts'
import type { HttpFilterFactory } from '../../../../../api/http.ts'
import type { FractionalPercent } from '../../../../../api/runtime.ts'
import { readFractionalPercent } from '../../../../../config/fractional-percent.ts'
import type { FilterDiscoveryConfig } from '../../../../../config/filter-discovery/filter-discovery-config.ts'
import { readFilterDiscovery } from '../../../../../config/filter-discovery/filter-discovery-config.ts'
import { createDynamicHttpFilter } from '../../../../../http/dynamic-http-filter.ts'
import type { MatchTree } from '../../../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../../../config/matchers/tree/read-match-tree.ts'

export type FilterAction = { readonly kind: 'skip' } | ExecuteFilterAction

/** envoy.extensions.filters.http.composite.v3.ExecuteFilterAction. */
export interface ExecuteFilterAction {
  readonly kind: 'execute'
  readonly filter: ActionFilter
  /** The share of the matches that counts; undefined: all. */
  readonly sample: { readonly key: string; readonly fallback: FractionalPercent } | undefined
}

type ActionFilter =
  | ExtensionConfig<'envoy.filters.http'>
  | FilterDiscoveryConfig<'http_filter' | 'upstream_http_filter'>

/** A tree with its actions, which the thread has to prepare before they are used. */
export interface FilterMatcher {
  readonly tree: MatchTree<FilterAction>
  readonly actions: readonly ExecuteFilterAction[]
}

export function readFilterMatcher(reader: Reader, context: ParseContext): FilterMatcher {
  const actions: ExecuteFilterAction[] = []
  const readAction = (any: AnyReader, at: Reader): FilterAction | undefined => {
    if (any.typeName === 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter') return { kind: 'skip' }
    if (any.typeName !== 'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction') return refuseAction(at, any)
    const action = readExecuteAction(any.reader, context)
    if (action !== undefined) actions.push(action)
    return action
  }
  return { tree: readMatchTree(reader, { inputs: 'http', readAction }), actions }
}

/** `filter_chain` and `filter_chain_name` stay unread, and are refused by name. */
function readExecuteAction(reader: Reader, context: ParseContext): ExecuteFilterAction | undefined {
  const sample = reader.message('sample_percent', (percent) => ({
    key: percent.string('runtime_key'),
    fallback: percent.message('default_value', readFractionalPercent) ?? { numerator: 0, denominator: 100 },
  }))
  const filter = readActionFilter(reader, context)
  return filter === undefined ? undefined : { kind: 'execute', filter, sample }
}

function readActionFilter(reader: Reader, context: ParseContext): ActionFilter | undefined {
  if (reader.has('dynamic_config')) {
    reader.ignore('typed_config', 'dynamic_config takes its place')
    const kind = context.isUpstream === true ? 'upstream_http_filter' : 'http_filter'
    const place = { kind, chain: 'http', last: false, checked: false } as const
    return reader.message('dynamic_config', (config) => readFilterDiscovery(config, place, context))
  }
  if (!reader.has('typed_config')) {
    reader.error(undefined, 'NU186', 'an action to execute a filter needs typed_config or dynamic_config')
    return undefined
  }
  const filter = reader.message('typed_config', (config) => context.namedExtension(config, 'envoy.filters.http'))
  if (filter?.extension.terminal === true) reader.unsupported('typed_config', 'a terminal filter inside of another')
  return filter
}

/** The filters of actions, made once a thread. */
export class ActionFactories {
  readonly #context: FactoryContext
  readonly #factories = new Map<ExecuteFilterAction, HttpFilterFactory>()
  readonly #bound = new Set<FilterMatcher>()

  constructor(context: FactoryContext) {
    this.#context = context
  }

  /** Before a tree is used; again costs a look-up. */
  prepare(matcher: FilterMatcher | undefined): void {
    if (matcher === undefined || this.#bound.has(matcher)) return
    this.#bound.add(matcher)
    matcher.tree.bind({ runtime: this.#context.runtime, scope: this.#context.scope })
    for (const action of matcher.actions) this.of(action)
  }

  of(action: ExecuteFilterAction): HttpFilterFactory {
    const known = this.#factories.get(action)
    if (known !== undefined) return known
    const { filter } = action
    const made =
      'extension' in filter
        ? filter.extension.create(filter.config, this.#context)
        : createDynamicHttpFilter(filter, this.#context)
    this.#factories.set(action, made)
    return made
  }

  /** Whether this match counts. */
  samples({ sample }: ExecuteFilterAction): boolean {
    if (sample === undefined) return true
    const { runtime, random } = this.#context
    return runtime.current.fractionEnabled(sample.key, sample.fallback, random.u32())
  }
}

/** A filter that runs what a matcher around it decides on. */
export interface TakesFilterAction {
  takeFilterAction(action: ExecuteFilterAction): void
}

export function takesFilterAction(filter: object | undefined): filter is TakesFilterAction {
  return filter !== undefined && 'takeFilterAction' in filter
}
