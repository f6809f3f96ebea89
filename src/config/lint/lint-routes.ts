/* NU203: routes that never match because an earlier one of the virtual host takes every request that they would. */
import type { Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import type { Place } from './walk.ts'
import { messageAt } from './walk.ts'

/** What a match demands besides the path. */
const conditions = [
  'headers',
  'query_parameters',
  'runtime_fraction',
  'grpc',
  'tls_context',
  'dynamic_metadata',
  'filter_state',
  'cookies',
]

export function lintRoutes(routes: readonly Place[]): Finding[] {
  const out: Finding[] = []
  const takers = new Takers()
  for (const place of routes) {
    const match = messageAt(place, 'match')?.message
    if (match === undefined) continue
    const taker = takers.find(match)
    if (taker !== undefined) out.push(shadowed(place, taker))
    else if (!hasConditions(match) && match['case_sensitive'] !== false) takers.add(match, place)
  }
  return out
}

interface Taker {
  readonly place: Place
  readonly what: string
}

/** Routes that take every request with a path of theirs. */
class Takers {
  /** By length, so that a table of thousands of prefixes costs a look-up for each length only. */
  readonly #prefixes = new Map<number, Map<string, Place>>()
  readonly #paths = new Map<string, Place>()

  add(match: Message, place: Place): void {
    const { prefix, path } = match
    if (typeof path === 'string') this.#paths.set(path, place)
    if (typeof prefix !== 'string') return
    const key = prefix === '/' ? '' : prefix
    const same = this.#prefixes.get(key.length)
    if (same === undefined) this.#prefixes.set(key.length, new Map([[key, place]]))
    else same.set(key, place)
  }

  find(match: Message): Taker | undefined {
    const everything = this.#prefixes.get(0)?.get('')
    if (everything !== undefined && hasPath(match)) return { place: everything, what: 'every path' }
    // Written in other letters it would still match.
    if (match['case_sensitive'] === false) return undefined
    const start = match['prefix'] ?? match['path'] ?? match['path_separated_prefix']
    if (typeof start !== 'string') return undefined
    for (const [length, prefixes] of this.#prefixes) {
      const place = length <= start.length ? prefixes.get(start.slice(0, length)) : undefined
      if (place !== undefined) return { place, what: `every path that begins with ${start.slice(0, length)}` }
    }
    const same = match['path'] === start ? this.#paths.get(start) : undefined
    return same === undefined ? undefined : { place: same, what: 'this very path' }
  }
}

/** CONNECT requests have none. */
function hasPath(match: Message): boolean {
  return match['connect_matcher'] === undefined
}

function hasConditions(match: Message): boolean {
  return conditions.some((field) => match[field] !== undefined)
}

function shadowed(place: Place, by: Taker): Finding {
  return {
    id: 'NU203',
    severity: 'warning',
    message: `route can never match: an earlier route takes ${by.what}`,
    path: [...place.path, 'match'],
    of: 'value',
    related: { label: 'shadowed by', path: [...by.place.path, 'match'] },
  }
}
