/** How much of a route table the tests of the router check tool reach. */
import type { Route } from '../../api/route.ts'
import { printText } from '../../config/proto/print-text.ts'
import { envoySchema } from '../../config/schema/envoy-schema.ts'
import type { CheckedRoute } from './checked-table.ts'

/** Expectations that count: those of forwarding routes, and those of routes that answer. */
const FORWARDING = ['cluster_name', 'virtual_cluster_name', 'virtual_host_name', 'path_rewrite', 'host_rewrite']
const ANSWERING = ['path_redirect', 'code_redirect']

const MATCH = 'envoy.config.route.v3.RouteMatch'

interface Reached {
  readonly name: string
  readonly members: readonly string[]
  readonly met: Set<string>
}

export class RouteCoverage {
  readonly #routes: readonly CheckedRoute[]
  readonly #names: ReadonlySet<string>
  readonly #reached = new Map<string, Reached>()

  constructor(routes: readonly CheckedRoute[]) {
    this.#routes = routes
    this.#names = new Set(routes.map(({ name }) => name))
  }

  /** The expectation was met by this route. */
  mark(route: Route, member: string): void {
    const members = route.entry === undefined ? ANSWERING : FORWARDING
    if (!this.#names.has(route.name) || !members.includes(member)) return
    const isChoice = this.#routes.some(({ name, ways }) => name === route.name && ways > 1)
    const key = isChoice ? `${route.name} ${route.entry?.clusterName ?? ''}` : route.name
    const known = this.#reached.get(key)
    if (known === undefined) this.#reached.set(key, { name: route.name, members, met: new Set([member]) })
    else known.met.add(member)
  }

  /** Routes that some test reaches, of all. */
  percent(): number {
    return this.#percentOf(this.#reached.size)
  }

  /** The same, where a route counts as far as each of its expectations is tested. */
  comprehensivePercent(): number {
    let sum = 0
    for (const { members, met } of this.#reached.values()) sum += met.size / members.length
    return this.#percentOf(sum)
  }

  /** A line for each route that no test reaches, by its name or by its match. */
  missing(by: 'name' | 'match'): readonly string[] {
    const reached = new Set([...this.#reached.values()].map(({ name }) => name))
    return this.#routes
      .filter(({ name }) => !reached.has(name))
      .map(({ host, name, match }) => {
        const what = by === 'name' ? `route name: ${name}` : `route: ${printText(envoySchema, MATCH, match)}`
        return `Missing test for host: ${host}, ${what}`
      })
  }

  #percentOf(count: number): number {
    const all = this.#routes.reduce((sum, { ways }) => sum + ways, 0)
    return all === 0 ? 100 : (100 * count) / all
  }
}
