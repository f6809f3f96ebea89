/**
 * An ordered list of routes in which the first match wins, searched without trying every one.
 *
 * Literal paths are looked up by hash (for prefixes once for each distinct length); routes that no hash can find
 * (regex, case-insensitive) are candidates for every request. Candidates are tried in the order of configuration,
 * so the answer is that of the plain list.
 */
import type { Runtime } from '../api/runtime.ts'
import type { RequestView } from './request-view.ts'
import type { RouteMatch } from './route-match.ts'

interface Matched {
  readonly match: RouteMatch
}

/** Below this many routes a plain scan is quicker than hashing. */
const SCAN_UP_TO = 8

export class RouteList<T extends Matched> {
  readonly #routes: readonly T[]
  readonly #index: PathIndex | undefined

  constructor(routes: readonly T[]) {
    this.#routes = routes
    this.#index = routes.length > SCAN_UP_TO ? new PathIndex(routes.map((route) => route.match)) : undefined
  }

  find(request: RequestView, runtime: Runtime): T | undefined {
    if (this.#index === undefined) return this.#scan(request, runtime)
    for (const position of this.#index.candidates(request.path)) {
      const route = this.#routes[position]!
      if (route.match.matches(request, runtime)) return route
    }
    return undefined
  }

  #scan(request: RequestView, runtime: Runtime): T | undefined {
    for (let i = 0; i < this.#routes.length; i++) {
      const route = this.#routes[i]!
      if (route.match.matches(request, runtime)) return route
    }
    return undefined
  }
}

class PathIndex {
  readonly #exact = new Map<string, number[]>()
  readonly #prefixes = new Map<string, number[]>()
  /** Distinct lengths of the prefixes, ascending. */
  readonly #lengths: readonly number[]
  readonly #always: number[] = []

  constructor(matches: readonly RouteMatch[]) {
    const lengths = new Set<number>()
    matches.forEach(({ path }, position) => {
      if (path.kind === 'regex' || !path.caseSensitive) this.#always.push(position)
      else if (path.kind === 'path') push(this.#exact, path.literal, position)
      else {
        push(this.#prefixes, path.literal, position)
        lengths.add(path.literal.length)
      }
    })
    this.#lengths = [...lengths].sort((a, b) => a - b)
  }

  /** Positions of the routes whose path may match, in order. */
  candidates(path: string): readonly number[] {
    const lists: (readonly number[])[] = []
    if (this.#always.length > 0) lists.push(this.#always)
    const exact = this.#exact.get(path)
    if (exact !== undefined) lists.push(exact)
    for (const length of this.#lengths) {
      if (length > path.length) break
      const list = this.#prefixes.get(path.slice(0, length))
      if (list !== undefined) lists.push(list)
    }
    if (lists.length < 2) return lists[0] ?? []
    return lists.flat().sort((a, b) => a - b)
  }
}

function push(map: Map<string, number[]>, key: string, position: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [position])
  else list.push(position)
}
