/**
 * An ordered list of routes in which the first match wins, searched without trying every one.
 *
 * Literal paths are looked up by hash (for prefixes, and what a regular expression begins with, once for each distinct
 * length); routes that no hash can find are candidates for every request. Candidates are tried in the order of
 * configuration, so the answer is that of the plain list.
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
    this.#index.start(request)
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
  readonly #literals = new LiteralTable()
  /** By literals in lower case. */
  readonly #insensitive = new LiteralTable()
  readonly #always: number[] = []
  /** Ascending lists of positions that the present search merges, and how far each has been used. */
  readonly #lists: (readonly number[])[] = []
  readonly #used: number[] = []
  #count = 0

  constructor(paths: readonly PathMatch[]) {
    paths.forEach((path, position) => {
      const table = path.caseSensitive ? this.#literals : this.#insensitive
      if (path.kind === 'path') table.addPath(path.literal, position)
      else if (path.kind === 'connect' || (path.kind === 'regex' && path.literal === '')) this.#always.push(position)
      else table.addPrefix(path.literal, position)
    })
  }

  start(request: RequestView): void {
    this.#count = 0
    this.#take(this.#always)
    this.#takeFrom(this.#literals, request.path)
    if (!this.#insensitive.isEmpty) this.#takeFrom(this.#insensitive, request.lowerPath)
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

  #takeFrom(table: LiteralTable, path: string): void {
    this.#take(table.paths.get(path))
    const { lengths, prefixes } = table
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!
      if (length > path.length) return
      this.#take(prefixes.get(path.slice(0, length)))
    }
  }

  #take(list: readonly number[] | undefined): void {
    if (list === undefined || list.length === 0) return
    this.#lists[this.#count] = list
    this.#used[this.#count++] = 0
  }
}

/** Positions by the literal that a path must be or begin with. */
class LiteralTable {
  readonly paths = new Map<string, number[]>()
  readonly prefixes = new Map<string, number[]>()
  /** Distinct lengths of the prefixes, ascending. */
  lengths: readonly number[] = []

  get isEmpty(): boolean {
    return this.paths.size === 0 && this.prefixes.size === 0
  }

  addPath(literal: string, position: number): void {
    push(this.paths, literal, position)
  }

  addPrefix(literal: string, position: number): void {
    push(this.prefixes, literal, position)
    if (!this.lengths.includes(literal.length)) this.lengths = [...this.lengths, literal.length].sort((a, b) => a - b)
  }
}

function push(map: Map<string, number[]>, key: string, position: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [position])
  else list.push(position)
}
