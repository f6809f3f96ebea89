/**
 * An ordered list of routes in which the first match wins, searched without trying every one.
 *
 * Literal paths are looked up by hash (for prefixes once for each distinct length); routes that no hash can find
 * (regex, case-insensitive) are candidates for every request. Candidates are tried in the order of configuration,
 * so the answer is that of the plain list.
 */
import type { Runtime } from '../api/runtime.ts'
import type { PathMatch } from './path-match.ts'
import type { RequestView } from './request-view.ts'
import type { RouteMatch } from './route-match.ts'

interface Matched {
  readonly match: RouteMatch
}

/** Below this many routes a plain scan is quicker than hashing. */
const SCAN_UP_TO = 8

export class RouteList<T extends Matched> {
  readonly all: readonly T[]
  readonly #index: PathIndex | undefined

  constructor(routes: readonly T[]) {
    this.all = routes
    this.#index = routes.length > SCAN_UP_TO ? new PathIndex(routes.map((route) => route.match.path)) : undefined
  }

  find(request: RequestView, runtime: Runtime): T | undefined {
    if (this.#index === undefined) return this.#scan(request, runtime)
    this.#index.start(request.path)
    for (let position = this.#index.next(); position >= 0; position = this.#index.next()) {
      const route = this.all[position]!
      if (route.match.matches(request, runtime)) return route
    }
    return undefined
  }

  #scan(request: RequestView, runtime: Runtime): T | undefined {
    for (let i = 0; i < this.all.length; i++) {
      const route = this.all[i]!
      if (route.match.matches(request, runtime)) return route
    }
    return undefined
  }
}

/** One search at a time: a search runs to completion. */
class PathIndex {
  readonly #exact = new Map<string, number[]>()
  readonly #prefixes = new Map<string, number[]>()
  /** Distinct lengths of the prefixes, ascending. */
  readonly #lengths: readonly number[]
  readonly #always: number[] = []
  /** Ascending lists of positions that the present search merges, and how far each has been used. */
  readonly #lists: (readonly number[])[] = []
  readonly #used: number[] = []
  #count = 0

  constructor(paths: readonly PathMatch[]) {
    const lengths = new Set<number>()
    paths.forEach((path, position) => {
      if (path.kind === 'regex' || path.kind === 'connect' || !path.caseSensitive) this.#always.push(position)
      else if (path.kind === 'path') push(this.#exact, path.literal, position)
      else {
        push(this.#prefixes, path.literal, position)
        lengths.add(path.literal.length)
      }
    })
    this.#lengths = [...lengths].sort((a, b) => a - b)
  }

  start(path: string): void {
    this.#count = 0
    this.#take(this.#always)
    this.#take(this.#exact.get(path))
    for (let i = 0; i < this.#lengths.length; i++) {
      const length = this.#lengths[i]!
      if (length > path.length) return
      this.#take(this.#prefixes.get(path.slice(0, length)))
    }
  }

  /** Position of the next route whose path may match, in order; -1 at the end. */
  next(): number {
    let best = -1
    let from = 0
    for (let i = 0; i < this.#count; i++) {
      const position = this.#lists[i]![this.#used[i]!]
      if (position === undefined || (best >= 0 && position > best)) continue
      best = position
      from = i
    }
    if (best >= 0) this.#used[from]!++
    return best
  }

  #take(list: readonly number[] | undefined): void {
    if (list === undefined || list.length === 0) return
    this.#lists[this.#count] = list
    this.#used[this.#count++] = 0
  }
}

function push(map: Map<string, number[]>, key: string, position: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [position])
  else list.push(position)
}
