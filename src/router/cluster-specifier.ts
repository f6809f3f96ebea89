/**
 * Cluster specifier plugins: the cluster of a request is what a matcher over it says
 * (envoy.extensions.router.cluster_specifiers.matcher.v3). Given inline, or by name in the route table.
 */
import type { AnyReader, Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { MatchTree, MatchTreeDeps } from '../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../config/matchers/tree/read-match-tree.ts'

const MATCHER = 'envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier'
const ACTION = 'envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction'

export class ClusterSpecifier {
  readonly #tree: MatchTree<string>

  constructor(tree: MatchTree<string>) {
    this.#tree = tree
  }

  /** '' when nothing matches: there is no cluster of this name. */
  clusterName(headers: RequestHeaders, streamInfo: StreamInfo): string {
    const result = this.#tree.match({ request: headers, streamInfo })
    return result.kind === 'match' ? result.action : ''
  }

  /** Once, before the first request. */
  bind(deps: MatchTreeDeps): void {
    this.#tree.bind(deps)
  }
}

export type ClusterSpecifiers = ReadonlyMap<string, ClusterSpecifier>

/** `cluster_specifier_plugins` of a route table. */
export function readClusterSpecifiers(reader: Reader): ClusterSpecifiers {
  const specifiers = new Map<string, ClusterSpecifier>()
  reader.messages('cluster_specifier_plugins', (plugin) => {
    const named = readNamed(plugin)
    if (named?.specifier !== undefined) specifiers.set(named.name, named.specifier)
  })
  return specifiers
}

/** envoy.config.route.v3.ClusterSpecifierPlugin; undefined after an error was reported. */
export function readClusterSpecifier(reader: Reader): ClusterSpecifier | undefined {
  return readNamed(reader)?.specifier
}

interface NamedSpecifier {
  readonly name: string
  readonly specifier: ClusterSpecifier | undefined
}

function readNamed(reader: Reader): NamedSpecifier | undefined {
  reader.ignore('is_optional', 'concerns plugins that are not known, and those are refused all the same')
  return reader.message('extension', (extension) => {
    const name = extension.string('name')
    const any = extension.any('typed_config')
    if (any?.typeName === MATCHER) return { name, specifier: any.reader.message('cluster_matcher', readSpecifier) }
    any?.reader.keep()
    extension.unsupported(any === undefined ? undefined : 'typed_config', `${name} (${any?.typeName ?? ''})`)
    return undefined
  })
}

function readSpecifier(reader: Reader): ClusterSpecifier {
  const readAction = (any: AnyReader, at: Reader): string | undefined =>
    any.typeName === ACTION ? any.reader.string('cluster') : refuseAction(at, any)
  return new ClusterSpecifier(readMatchTree(reader, { inputs: 'http', readAction }))
}
