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
  readonly run: FiltersToRun
  /** The share of the matches that counts; undefined: all. */
  readonly sample: { readonly key: string; readonly fallback: FractionalPercent } | undefined
}

type FiltersToRun =
  | { readonly kind: 'filter'; readonly filter: ActionFilter }
  | { readonly kind: 'chain'; readonly name: string; readonly filters: FilterChainConfiguration }
  /** One of the composite filter that runs it. */
  | { readonly kind: 'named-chain'; readonly name: string }

type ActionFilter =
  | ExtensionConfig<'envoy.filters.http'>
  | FilterDiscoveryConfig<'http_filter' | 'upstream_http_filter'>

/** envoy.extensions.filters.http.composite.v3.FilterChainConfiguration. */
export type FilterChainConfiguration = readonly ExtensionConfig<'envoy.filters.http'>[]

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

function readExecuteAction(reader: Reader, context: ParseContext): ExecuteFilterAction | undefined {
  const sample = reader.message('sample_percent', (percent) => ({
    key: percent.string('runtime_key'),
    fallback: percent.message('default_value', readFractionalPercent) ?? { numerator: 0, denominator: 100 },
  }))
  const run = readFiltersToRun(reader, context)
  return run === undefined ? undefined : { kind: 'execute', run, sample }
}

/** Any number of them may be set, and one counts. */
function readFiltersToRun(reader: Reader, context: ParseContext): FiltersToRun | undefined {
  const set = ['filter_chain', 'filter_chain_name', 'dynamic_config', 'typed_config'].filter((each) => reader.has(each))
  const [chosen, ...others] = set
  for (const other of others) reader.ignore(other, `${chosen} takes its place`)
  switch (chosen) {
    case 'dynamic_config': {
      const filter = reader.message('dynamic_config', (config) => readDynamicFilter(config, context))
      return filter === undefined ? undefined : { kind: 'filter', filter }
    }
    case 'filter_chain': {
      const filters = reader.message('filter_chain', (chain) => {
        return readFilterChain(chain, context, 'filter_chain must contain at least one filter.')
      })
      return { kind: 'chain', name: 'filter_chain', filters: filters ?? [] }
    }
    case 'filter_chain_name':
      return { kind: 'named-chain', name: reader.string('filter_chain_name') }
    case 'typed_config': {
      const filter = reader.message('typed_config', (config) => readInnerFilter(config, context))
      return filter === undefined ? undefined : { kind: 'filter', filter }
    }
    default: {
      const text = 'an action to execute a filter needs typed_config, dynamic_config, filter_chain or filter_chain_name'
      reader.error(undefined, 'NU186', text)
      return undefined
    }
  }
}

function readDynamicFilter(reader: Reader, context: ParseContext): ActionFilter | undefined {
  const kind = context.isUpstream === true ? 'upstream_http_filter' : 'http_filter'
  return readFilterDiscovery(reader, { kind, chain: 'http', last: false, checked: false }, context)
}

function readInnerFilter(reader: Reader, context: ParseContext): ExtensionConfig<'envoy.filters.http'> | undefined {
  const filter = context.namedExtension(reader, 'envoy.filters.http')
  if (filter?.extension.terminal === true) reader.unsupported(undefined, 'a terminal filter inside of another')
  return filter
}

export function readFilterChain(reader: Reader, context: ParseContext, ifEmpty: string): FilterChainConfiguration {
  const filters = reader.messages('typed_config', (each) => readInnerFilter(each, context))
  if (filters.length === 0) reader.error(undefined, 'NU109', ifEmpty)
  return filters.filter((filter) => filter !== undefined)
}

/** The filters of actions, made once a thread. */
export class ActionFactories {
  readonly #context: FactoryContext
  readonly #factories = new Map<FiltersToRun, HttpFilterFactory>()
  readonly #bound = new Set<FilterMatcher>()

  constructor(context: FactoryContext) {
    this.#context = context
  }

  /** Before a tree is used; again costs a look-up. */
  prepare(matcher: FilterMatcher | undefined): void {
    if (matcher === undefined || this.#bound.has(matcher)) return
    this.#bound.add(matcher)
    matcher.tree.bind({ runtime: this.#context.runtime, scope: this.#context.scope })
    for (const { run } of matcher.actions) if (run.kind !== 'named-chain') this.of(run)
  }

  of(run: Exclude<FiltersToRun, { readonly kind: 'named-chain' }>): HttpFilterFactory {
    const known = this.#factories.get(run)
    if (known !== undefined) return known
    const made = run.kind === 'chain' ? this.ofChain(run.filters) : this.#ofFilter(run.filter)
    this.#factories.set(run, made)
    return made
  }

  /** Made anew each time. */
  ofChain(filters: FilterChainConfiguration): HttpFilterFactory {
    const factories = filters.map((filter) => this.#ofFilter(filter))
    return (chain) => {
      for (const factory of factories) factory(chain)
    }
  }

  #ofFilter(filter: ActionFilter): HttpFilterFactory {
    return 'extension' in filter
      ? filter.extension.create(filter.config, this.#context)
      : createDynamicHttpFilter(filter, this.#context)
  }

  /** Whether this match counts. */
  samples({ sample }: Pick<ExecuteFilterAction, 'sample'>): boolean {
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
