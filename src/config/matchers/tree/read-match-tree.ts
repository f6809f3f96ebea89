/** Reads a Matcher message, of xds.type.matcher.v3 or of envoy.config.common.matcher.v3, which have the same fields. */
import type { AnyReader, Reader } from '../../../api/config.ts'
import { CONNECTION_INPUTS, NETWORK_INPUTS } from './connection-inputs.ts'
import type { DataInput } from './data-input.ts'
import { HTTP_INPUTS } from './http-inputs.ts'
import type { Predicate } from './input-matcher.ts'
import type { IpMatcherParts } from './ip-matcher.ts'
import { readIpMatcher } from './ip-matcher.ts'
import { exactMap, prefixMap } from './maps.ts'
import type { MatchNode, MatchResult, MatchTree, MatchTreeDeps } from './match-tree.ts'
import { INSUFFICIENT_DATA, NO_MATCH } from './match-tree.ts'
import { readPredicate } from './predicate.ts'
import { readInput } from './read-input.ts'
import { STAT_TAG_INPUTS } from './stat-tag-inputs.ts'
import { readServerNameMatcher } from './server-name-matcher.ts'
import { TRANSPORT_SOCKET_INPUTS } from './transport-socket-inputs.ts'
import type { TreeContext } from './tree-context.ts'
import { refuse, typedConfig } from './tree-context.ts'

const INPUTS = {
  http: HTTP_INPUTS,
  network: NETWORK_INPUTS,
  'stat-tag': STAT_TAG_INPUTS,
  'transport-socket': TRANSPORT_SOCKET_INPUTS,
} as const

export interface MatchTreeOptions<A> {
  /** Which inputs there are: of an HTTP stream (the connection's among them), of a connection alone, of a tag, of a host. */
  readonly inputs: keyof typeof INPUTS
  /** Why an input of this type may not be used, undefined when it may. */
  readonly refusedInput?: (typeName: string) => string | undefined
  /** Whether `keep_matching` means something to the caller; refused otherwise. */
  readonly keepMatching?: boolean
  /**
   * Reads what an action's TypedExtensionConfig holds; `at` is that config, for findings (`refuseAction` for a type that
   * is none). Undefined after an error was reported.
   */
  readonly readAction: (any: AnyReader, at: Reader) => A | undefined
}

export function readMatchTree<A>(reader: Reader, options: MatchTreeOptions<A>): MatchTree<A> {
  const binders: ((deps: MatchTreeDeps) => void)[] = []
  const context: TreeContext = {
    inputs: INPUTS[options.inputs],
    refusedInput: options.refusedInput ?? (() => undefined),
    onBind: (bind) => void binders.push(bind),
  }
  const root = new TreeReader(context, options).matcher(reader)
  return {
    match: (data, skipped) => root(data, skipped),
    bind: (deps) => {
      for (const bind of binders) bind(deps)
    },
  }
}

/** Reports an action of a type that the owner of the tree does not take. */
export function refuseAction(at: Reader, any: AnyReader): undefined {
  refuse(at, any)
  return undefined
}

/** Whether an input of this type is about the connection, so that it is known before any request. */
export function isConnectionInput(typeName: string): boolean {
  return Object.hasOwn(CONNECTION_INPUTS, typeName)
}

const never = (): typeof NO_MATCH => NO_MATCH

class TreeReader<A> {
  readonly #context: TreeContext
  readonly #options: MatchTreeOptions<A>

  constructor(context: TreeContext, options: MatchTreeOptions<A>) {
    this.#context = context
    this.#options = options
  }

  matcher(reader: Reader): MatchNode<A> {
    const onNoMatch = reader.message('on_no_match', (inner) => this.#onMatch(inner)) ?? never
    switch (reader.oneof('matcher_type')) {
      case 'matcher_list':
        return reader.message('matcher_list', (list) => this.#list(list, onNoMatch)) ?? onNoMatch
      case 'matcher_tree':
        return reader.message('matcher_tree', (tree) => this.#tree(tree, onNoMatch)) ?? onNoMatch
      default:
        return onNoMatch
    }
  }

  #onMatch(reader: Reader): MatchNode<A> {
    const keep = reader.bool('keep_matching', false)
    if (keep && this.#options.keepMatching !== true) {
      reader.error('keep_matching', 'NU181', 'keep_matching is not supported in this context')
    }
    if (reader.oneof('on_match') === 'matcher') {
      const below = reader.message('matcher', (inner) => this.matcher(inner)) ?? never
      return keep ? skipping(below) : below
    }
    const action = reader.message('action', (config) => this.#action(config))
    if (action === undefined) return never
    const result: MatchResult<A> = { kind: 'match', action: action.value }
    return keep ? skipping(() => result) : () => result
  }

  #action(reader: Reader): { readonly value: A } | undefined {
    const any = typedConfig(reader)
    const value = any === undefined ? undefined : this.#options.readAction(any, reader)
    return value === undefined ? undefined : { value }
  }

  #list(reader: Reader, onNoMatch: MatchNode<A>): MatchNode<A> {
    const entries = reader.messages('matchers', (matcher) => ({
      matches: matcher.message('predicate', (inner) => readPredicate(inner, this.#context)) ?? (() => false),
      onMatch: matcher.message('on_match', (inner) => this.#onMatch(inner)) ?? never,
    }))
    return firstOf(entries, onNoMatch)
  }

  #tree(reader: Reader, onNoMatch: MatchNode<A>): MatchNode<A> {
    const input = reader.message('input', (config) => readInput(config, this.#context))
    const text = input === undefined ? undefined : textInput(reader, input)
    const readOnMatch = (inner: Reader) => this.#onMatch(inner)
    const entries = (map: Reader) => map.map('map', readOnMatch)
    const get = text ?? (() => undefined)
    switch (reader.oneof('tree_type')) {
      case 'exact_match_map':
        return exactMap(get, reader.message('exact_match_map', entries) ?? new Map(), onNoMatch)
      case 'prefix_match_map':
        return prefixMap(get, reader.message('prefix_match_map', entries) ?? new Map(), onNoMatch)
      default: {
        const parts = { text: get, onNoMatch, readOnMatch }
        return reader.message('custom_match', (custom) => readCustomMatcher(custom, parts)) ?? onNoMatch
      }
    }
  }
}

/** What matches below is told and passed over. */
function skipping<A>(node: MatchNode<A>): MatchNode<A> {
  return (data, skipped) => {
    const result = node(data, skipped)
    if (result.kind !== 'match') return result
    skipped?.(result.action)
    return NO_MATCH
  }
}

interface ListEntry<A> {
  readonly matches: Predicate
  readonly onMatch: MatchNode<A>
}

function firstOf<A>(entries: readonly ListEntry<A>[], onNoMatch: MatchNode<A>): MatchNode<A> {
  return (data, skipped) => {
    for (let i = 0; i < entries.length; i++) {
      const { matches, onMatch } = entries[i]!
      const matched = matches(data)
      if (matched === undefined) return INSUFFICIENT_DATA
      if (!matched) continue
      const result = onMatch(data, skipped)
      if (result.kind !== 'no-match') return result
    }
    return onNoMatch(data, skipped)
  }
}

function textInput(reader: Reader, input: DataInput): (DataInput & { kind: 'text' })['get'] | undefined {
  if (input.kind === 'text') return input.get
  // A value of metadata is no text, so it is in no map.
  if (input.kind === 'metadata') return () => undefined
  const what = `Unsupported data input type: cel_data_input, currently only string type is supported in map matcher`
  reader.error('input', 'NU181', what)
  return undefined
}

/** envoy.matching.{http,network}.custom_matchers. */
function readCustomMatcher<A>(reader: Reader, parts: IpMatcherParts<A>): MatchNode<A> {
  const any = typedConfig(reader)
  if (any === undefined) return never
  switch (any.typeName) {
    case 'xds.type.matcher.v3.IPMatcher':
      return readIpMatcher(any.reader, parts)
    case 'xds.type.matcher.v3.ServerNameMatcher':
      return readServerNameMatcher(any.reader, parts)
    default:
      refuse(reader, any)
      return never
  }
}
