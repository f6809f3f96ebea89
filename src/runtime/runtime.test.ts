import { describe, expect, test } from 'bun:test'
import { fakeReader } from '../../test/support/fake-reader.ts'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { keptLogger } from '../../test/support/kept-logger.ts'
import type { Json } from '../api/config.ts'
import type { RuntimeSnapshot } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import type { LayeredRuntimeDeps } from './layered-runtime.ts'
import { LayeredRuntime } from './layered-runtime.ts'
import { NO_LAYERS, parseLayeredRuntime } from './runtime-config.ts'
import { runtimeFromValues } from './runtime-from-values.ts'

const ONEOFS = { layer_specifier: ['static_layer', 'disk_layer', 'admin_layer', 'rtds_layer'] }

function parse(...layers: Record<string, Json>[]) {
  const { reader, findings } = fakeReader({ layers }, ONEOFS)
  return { config: parseLayeredRuntime(reader), findings }
}

function depsOf(scope: Scope): LayeredRuntimeDeps {
  return {
    dispatcher: new SimulatedDispatcher(),
    scope,
    serviceCluster: '',
    logger: keptLogger('runtime'),
    onChange: () => undefined,
  }
}

function runtimeOf(...layers: Record<string, Json>[]) {
  const scope = createTestScope()
  const { config, findings } = parse(...layers)
  expect(findings.errors).toEqual([])
  return { runtime: new LayeredRuntime(config, depsOf(scope.scope)), scope }
}

const base = {
  name: 'base',
  static_layer: {
    a: 1,
    b: { c: true, d: 'text', deep: { er: -7 } },
    f: { numerator: 12, denominator: 'TEN_THOUSAND' },
    odd: { numerator: 12, other: 1 },
    empty: {},
    million: 1_000_000,
    s: '55',
    yes: 'TRUE',
    half: '0.5',
    percent: '{"numerator": 3, "denominator": "MILLION"}',
    yaml: 'numerator: 7\ndenominator: HUNDRED',
  },
}
const second = { name: 'second', static_layer: { a: 5, s: '', new: 'x' } }
const admin = { name: 'adm', admin_layer: {} }

/** Both sides must read alike: the main thread and, from the text, a worker. */
function bothSides(runtime: LayeredRuntime, check: (snapshot: RuntimeSnapshot) => void): void {
  check(runtime.current)
  check(runtimeFromValues(runtime.valuesText()))
}

describe('layered runtime', () => {
  test('values: nested keys get dots, later layers win', () => {
    bothSides(runtimeOf(base, second, admin).runtime, (current) => {
      expect(current.integer('a', 9)).toBe(5)
      expect(current.get('b.d')).toBe('text')
      expect(current.double('b.deep.er', 0)).toBe(-7)
      expect(current.integer('b.deep.er', 3)).toBe(3)
      expect(current.boolean('b.c', false)).toBe(true)
      expect(current.boolean('yes', false)).toBe(true)
      expect(current.boolean('a', false)).toBe(true)
      expect(current.double('half', 0)).toBe(0.5)
      expect(current.get('s')).toBe('')
      expect(current.integer('s', 8)).toBe(8)
      expect(current.get('million')).toBe('1e+06')
      expect(current.integer('million', 0)).toBe(1_000_000)
      expect(current.get('absent')).toBeUndefined()
      expect(current.boolean('absent', true)).toBe(true)
    })
  })

  test('fractions: structs, JSON and YAML texts, and whole numbers as percentages', () => {
    const never = { numerator: 0, denominator: 100 }
    bothSides(runtimeOf(base).runtime, (current) => {
      expect(current.fractionEnabled('f', never, 10_011)).toBe(true)
      expect(current.fractionEnabled('f', never, 10_012)).toBe(false)
      // Texts of configurations are no YAML, those of files and of /runtime_modify are.
      expect(current.fractionEnabled('percent', never, 0)).toBe(false)
      expect(current.fractionEnabled('yaml', never, 0)).toBe(false)
      expect([54, 55].map((value) => current.fractionEnabled('s', never, value))).toEqual([true, false])
      expect(current.fractionEnabled('million', never, 99)).toBe(true)
      expect(current.fractionEnabled('odd', { numerator: 1, denominator: 100 }, 0)).toBe(true)
      expect(current.fractionEnabled('odd', never, 0)).toBe(false)
    })
  })

  test('values of /runtime_modify are YAML, on both sides', () => {
    const { runtime } = runtimeOf(admin)
    runtime.modify([
      ['percent', '{"numerator": 3, "denominator": "MILLION"}'],
      ['yaml', 'numerator: 7\ndenominator: HUNDRED'],
      ['hex', '0x10 # sixteen'],
      ['yes', 'yes'],
      ['decimal', '3.9'],
      ['quoted', '"5"'],
      ['list', '[1]'],
    ])
    const never = { numerator: 0, denominator: 100 }
    bothSides(runtime, (current) => {
      expect(current.fractionEnabled('percent', never, 1_000_002)).toBe(true)
      expect(current.fractionEnabled('percent', never, 1_000_003)).toBe(false)
      expect([6, 7].map((value) => current.fractionEnabled('yaml', never, value))).toEqual([true, false])
      expect([current.integer('hex', 0), current.boolean('yes', false), current.integer('decimal', 0)]).toEqual([
        16,
        true,
        3,
      ])
      expect([current.integer('quoted', 9), current.integer('list', 9), current.get('list')]).toEqual([9, 9, '[1]'])
    })
  })

  test('a feature is a percentage', () => {
    const { current } = runtimeOf(base).runtime
    expect([100, 101].map((value) => current.featureEnabled('a', 0, value))).toEqual([true, false])
    expect([149, 150].map((value) => current.featureEnabled('absent', 50, value))).toEqual([true, false])
    expect(current.featureEnabled('million', 0, 4_294_967_295)).toBe(true)
  })

  test('the admin layer overrides until the value is taken away', () => {
    const { runtime, scope } = runtimeOf(base, admin, second)
    const before = runtime.current
    expect(
      runtime.modify([
        ['a', '100'],
        ['b.d', 'mine'],
        ['k', 'true'],
      ]),
    ).toBeUndefined()
    expect(runtime.modify([['a', '{broken']])).toBe('the value of a is no YAML: {broken')
    expect([runtime.current.get('a'), runtime.current.get('b.d')]).toEqual(['5', 'mine'])
    expect(before.get('b.d')).toBe('text')
    expect(scope.gauge('runtime.admin_overrides_active')).toBe(1)
    runtime.modify([
      ['a', ''],
      ['b.d', ''],
      ['k', ''],
    ])
    expect(runtime.current.get('b.d')).toBe('text')
    expect(scope.gauge('runtime.admin_overrides_active')).toBe(0)
    expect(scope.counter('runtime.load_success')).toBe(3)
    expect(scope.counter('runtime.override_dir_not_exists')).toBe(3)
    expect(scope.gauge('runtime.num_layers')).toBe(3)
    expect(scope.gauge('runtime.num_keys')).toBe(14)
  })

  test('without an admin layer nothing can be modified', () => {
    const { scope } = createTestScope()
    const runtime = new LayeredRuntime(NO_LAYERS, depsOf(scope))
    expect(runtime.modify([['a', '1']])).toBe('No admin layer specified')
    expect(runtime.current.get('a')).toBeUndefined()
    expect(runtime.render()).toBe('{\n "entries": {},\n "layers": []\n}\n')
  })

  test('/runtime: each layer, and the last value that is not empty', () => {
    const { runtime } = runtimeOf({ name: 'one', static_layer: { s: '<55' } }, { name: 'two', static_layer: { s: '' } })
    expect(runtime.render()).toBe(`{
 "entries": {
  "s": {
   "layer_values": [
    "\\u003c55",
    ""
   ],
   "final_value": "\\u003c55"
  }
 },
 "layers": [
  "one",
  "two"
 ]
}
`)
  })

  test('what is refused', () => {
    expect(parse({ name: 'a', static_layer: { x: { y: [1] } } }).findings.errors).toEqual([
      'Invalid runtime entry value for x.y',
    ])
    expect(parse({ name: 'a', static_layer: { x: null } }).findings.errors).toEqual([
      'Invalid runtime entry value for x',
    ])
    expect(parse(admin, { name: 'adm', static_layer: {} }).findings.errors).toEqual(['Duplicate layer name: adm'])
    expect(parse(admin, { name: 'b', admin_layer: {} }).findings.errors).toEqual([
      'Too many admin layers specified in LayeredRuntime, at most one may be specified',
    ])
    expect(parse({ name: 'd', rtds_layer: { name: 'x' } }).findings.unread()).toEqual(['layers.0.rtds_layer'])
  })
})
