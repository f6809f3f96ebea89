/**
 * A route table made ready for the router check tool: each route gets a name of its own, by which it is known whether a
 * test has reached it, and a fraction of nothing becomes the smallest there is, so that a test can switch its route on.
 */
import type { Json, Message } from '../../api/config.ts'

export interface CheckedRoute {
  /** Its name in the table, a hyphen, and where it stands: `<virtual host>.<route>`. */
  readonly name: string
  readonly host: string
  /** envoy.config.route.v3.RouteMatch */
  readonly match: Message
  /** Clusters that it chooses between; 1 where there is no choice. */
  readonly ways: number
}

export interface CheckedTable {
  readonly message: Message
  readonly routes: readonly CheckedRoute[]
}

export function checkedTable(table: Message): CheckedTable {
  const routes: CheckedRoute[] = []
  const hosts = messages(table['virtual_hosts']).map((host, at): Message => {
    if (!('routes' in host)) return host
    const list = messages(host['routes']).map((route, index): Message => {
      const name = `${text(route['name'])}-${at}.${index}`
      const match = withSomeFraction(message(route['match']))
      routes.push({ name, host: text(host['name']), match, ways: waysOf(route) })
      return { ...route, name, match }
    })
    return { ...host, routes: list }
  })
  return { message: 'virtual_hosts' in table ? { ...table, virtual_hosts: hosts } : table, routes }
}

function withSomeFraction(match: Message): Message {
  if (!('runtime_fraction' in match)) return match
  const fraction = message(match['runtime_fraction'])
  const value = message(fraction['default_value'])
  if ((value['numerator'] ?? 0) !== 0) return match
  return { ...match, runtime_fraction: { ...fraction, default_value: { ...value, numerator: 1 } } }
}

function waysOf(route: Message): number {
  const weighted = message(message(route['route'])['weighted_clusters'])
  return 'clusters' in weighted ? messages(weighted['clusters']).length : 1
}

function messages(value: Json | undefined): readonly Message[] {
  return Array.isArray(value) ? value.map(message) : []
}

function message(value: Json | undefined): Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : {}
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
