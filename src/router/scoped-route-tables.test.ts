import { describe, expect, test } from 'bun:test'
import type { RouteConfig } from '../api/route.ts'
import { RouteTables } from './route-tables.ts'
import { ScopedRouteTables } from './scoped-route-tables.ts'

const table = (name: string): RouteConfig => ({ name, route: () => undefined })

function setUp() {
  const routes = new RouteTables()
  const wanted: string[] = []
  let built = 0
  const tables = new ScopedRouteTables({
    routes: (key) => routes.provider(key),
    build: ({ name }) => {
      built++
      return table(String(name))
    },
    want: (key, scope) => void wanted.push(`${key} ${scope}`),
  })
  const scopes = tables.provider('k')
  const nameAt = (key: string): string | undefined => scopes.current.get(key)?.current?.name
  const come = (key: string): void => {
    routes.set(key, table(key))
    tables.onRoutes()
  }
  return { tables, scopes, nameAt, come, wanted, built: () => built }
}

describe('scopes of a thread', () => {
  test('find tables of their own and tables by name', () => {
    const { tables, nameAt, come, built } = setUp()
    tables.set('k', [
      { name: 'a', key: 'A', table: { name: 'own' } },
      { name: 'b', key: 'B', routes: 'r', isLoaded: true },
    ])
    expect([nameAt('A'), nameAt('B')]).toEqual(['own', undefined])
    come('r')
    expect(nameAt('B')).toBe('r')
    tables.set('k', [{ name: 'a', key: 'A', table: { name: 'own' } }])
    expect([nameAt('A'), nameAt('B'), built()]).toEqual(['own', undefined, 1])
  })

  test('let requests wait for the table that they want', () => {
    const { tables, scopes, come, nameAt, wanted } = setUp()
    const answers: string[] = []
    const ask = (key: string): void => scopes.request(key, (found) => void answers.push(`${key} ${found}`))
    const later = { name: 'b', key: 'B', routes: 'r' }
    tables.set('k', [
      { name: 'a', key: 'A', table: { name: 'own' } },
      { ...later, isLoaded: false },
    ])
    come('r')
    ask('A')
    ask('Z')
    expect(answers.splice(0)).toEqual(['A true', 'Z false'])
    ask('B')
    expect([nameAt('B'), ...answers, ...wanted]).toEqual([undefined, 'k b'])
    tables.set('k', [{ ...later, isLoaded: true }])
    expect(answers).toEqual(['B true'])
  })

  test('a request whose scope goes does not wait any longer', () => {
    const { tables, scopes } = setUp()
    let found: boolean | undefined
    tables.set('k', [{ name: 'b', key: 'B', routes: 'r', isLoaded: true }])
    scopes.request('B', (answer) => (found = answer))
    expect(found).toBeUndefined()
    tables.set('k', [])
    expect(found).toBe(false)
  })
})
