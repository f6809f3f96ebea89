/*
 * What part of the requests each host gets: priorities, panic, degraded hosts, weights of localities, overprovisioning, by all
 * policies that chance has no hand in, and within bounds by those in which it has.
 */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import { sharesNear } from './support/shares.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const STATUS: Readonly<Record<string, string>> = { '': 'HEALTHY', '!': 'UNHEALTHY', '?': 'DEGRADED', '-': 'DRAINING' }

interface Place {
  /** `3` is the third host, `3*5` of weight 5; `!` behind it is unhealthy, `?` degraded, `-` draining. */
  readonly hosts: string
  readonly priority?: number
  readonly zone?: string
  readonly weight?: number
}

interface Case {
  readonly places: readonly Place[]
  readonly more?: object
  readonly policy?: object
  readonly shares: Readonly<Record<string, number>>
  /** 0.1 unless said otherwise. */
  readonly tolerance?: number
}

const locality = { common_lb_config: { locality_weighted_lb_config: {} } }
const panicAt = (value: number): object => ({ common_lb_config: { healthy_panic_threshold: { value } } })
const even = (...hosts: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(hosts.map((host) => [host, 1 / hosts.length]))

const CASES: Readonly<Record<string, Case>> = {
  'first-priority': { places: [{ hosts: '1 2' }, { hosts: '3 4', priority: 1 }], shares: even(1, 2), tolerance: 0.01 },
  // 1.4 times two thirds are 93 percent.
  spill: { places: [{ hosts: '1 2 3!' }, { hosts: '4', priority: 1 }], shares: { 1: 0.465, 2: 0.465, 4: 0.07 } },
  // 1.4 times a third and a half: 46 and 70.
  'spill-more': {
    places: [{ hosts: '1 2! 3!' }, { hosts: '4 5!', priority: 1 }],
    shares: { 1: 0.46, 4: 0.54 },
  },
  // 46 and 46 are not enough, so both are in panic.
  'all-panic': {
    places: [{ hosts: '1 2! 3!' }, { hosts: '4 5! 6!', priority: 1 }],
    shares: even(1, 2, 3, 4, 5, 6),
  },
  'panic-of-one': {
    places: [{ hosts: '1! 2! 3! 4!' }, { hosts: '5 6 7!', priority: 1 }],
    shares: { 5: 0.5, 6: 0.5 },
    tolerance: 0.01,
  },
  'no-panic': { places: [{ hosts: '1 2! 3! 4!' }], more: panicAt(0), shares: { 1: 1 } },
  'panic-by-runtime': { places: [{ hosts: '1 2!' }], more: panicAt(51), shares: even(1, 2), tolerance: 0.01 },
  'overprovisioned-less': {
    places: [{ hosts: '1 2!' }, { hosts: '3', priority: 1 }],
    policy: { overprovisioning_factor: 100 },
    shares: even(1, 3),
  },
  'overprovisioned-more': {
    places: [{ hosts: '1 2!' }, { hosts: '3', priority: 1 }],
    policy: { overprovisioning_factor: 200 },
    shares: { 1: 1 },
  },
  'health-by-weight': {
    places: [{ hosts: '1*9 2*1!' }, { hosts: '3', priority: 1 }],
    policy: { weighted_priority_health: true },
    shares: { 1: 1 },
  },
  degraded: { places: [{ hosts: '1 2? 3?' }], shares: { 1: 0.46, 2: 0.27, 3: 0.27 } },
  'degraded-enough': { places: [{ hosts: '1 2 3 4?' }], shares: even(1, 2, 3), tolerance: 0.01 },
  'degraded-before-next': {
    places: [{ hosts: '1 2? 3!' }, { hosts: '4 5!', priority: 1 }],
    shares: { 1: 0.46, 4: 0.54 },
  },
  'only-degraded': { places: [{ hosts: '1? 2?' }], shares: even(1, 2), tolerance: 0.01 },
  draining: { places: [{ hosts: '1 2- 3-' }, { hosts: '4', priority: 1 }], shares: { 1: 1 } },
  'empty-first': { places: [{ hosts: '1', priority: 1 }], shares: { 1: 1 } },
  gap: { places: [{ hosts: '1!' }, { hosts: '2', priority: 2 }], shares: { 2: 1 } },
  weights: { places: [{ hosts: '1*1 2*2 3*5' }], shares: { 1: 0.125, 2: 0.25, 3: 0.625 }, tolerance: 0.01 },
  'weights-random': { places: [{ hosts: '1*1 2*2 3*5' }], more: { lb_policy: 'RANDOM' }, shares: even(1, 2, 3) },
  localities: {
    places: [
      { hosts: '1 2', zone: 'a', weight: 1 },
      { hosts: '3', zone: 'b', weight: 3 },
      { hosts: '4', zone: 'c' },
    ],
    more: locality,
    shares: { 1: 0.125, 2: 0.125, 3: 0.75 },
    tolerance: 0.01,
  },
  // A quarter of a is left, overprovisioned 0.35.
  'localities-unwell': {
    places: [
      { hosts: '1 2! 3! 4!', zone: 'a', weight: 1 },
      { hosts: '5 6 7 8', zone: 'b', weight: 1 },
    ],
    more: locality,
    shares: { 1: 0.26, 5: 0.185, 6: 0.185, 7: 0.185, 8: 0.185 },
    tolerance: 0.02,
  },
  'localities-degraded': {
    places: [
      { hosts: '1 2?', zone: 'a', weight: 1 },
      { hosts: '3? 4?', zone: 'b', weight: 3 },
    ],
    more: locality,
    shares: { 1: 0.35, 2: 0.65 * 0.19, 3: 0.65 * 0.405, 4: 0.65 * 0.405 },
  },
  'localities-off': {
    places: [
      { hosts: '1 2', zone: 'a', weight: 1 },
      { hosts: '3', zone: 'b', weight: 3 },
    ],
    shares: even(1, 2, 3),
    tolerance: 0.01,
  },
  'localities-weights': {
    places: [
      { hosts: '1*3 2*1', zone: 'a', weight: 1 },
      { hosts: '3', zone: 'b', weight: 1 },
    ],
    more: { ...locality, lb_policy: 'LEAST_REQUEST' },
    shares: { 1: 0.375, 2: 0.125, 3: 0.5 },
    tolerance: 0.02,
  },
  'ring-spill': {
    places: [{ hosts: '1 2!' }, { hosts: '3', priority: 1 }],
    more: { lb_policy: 'RING_HASH' },
    shares: { 1: 0.7, 3: 0.3 },
  },
  'maglev-panic': { places: [{ hosts: '1 2! 3!' }], more: { lb_policy: 'MAGLEV' }, shares: even(1, 2, 3) },
  'maglev-degraded': { places: [{ hosts: '1 2? 3!' }], more: { lb_policy: 'MAGLEV' }, shares: { 1: 1 } },
}

function endpoints({ hosts, priority = 0, zone, weight }: Place): object {
  return {
    ...(zone === undefined ? {} : { locality: { zone } }),
    ...(weight === undefined ? {} : { load_balancing_weight: weight }),
    priority,
    lb_endpoints: hosts.split(' ').map((text) => {
      const [, host = '', own = '1', mark = ''] = /^(\d+)(?:\*(\d+))?([!?-]?)$/.exec(text) ?? []
      return {
        health_status: STATUS[mark],
        load_balancing_weight: Number(own),
        endpoint: backend.endpoint(Number(host)),
      }
    }),
  }
}

differential('shares of hosts', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.keys(CASES).map((name) => ({ match: { path: `/${name}` }, route: { cluster: name } })),
        }),
      ],
      clusters: Object.entries(CASES).map(([name, { places, more, policy }]) => ({
        name,
        type: 'STATIC',
        ...more,
        load_assignment: {
          cluster_name: name,
          endpoints: places.map(endpoints),
          ...(policy === undefined ? {} : { policy }),
        },
      })),
    },
  }),
  traffic: async (side) => {
    for (const [name, { shares, tolerance = 0.1 }] of Object.entries(CASES)) {
      side.note(name, sharesNear(await hostsOf(side, `/${name}`, 300), shares, tolerance))
    }
  },
  stats: /\.membership_\w+$|lb_healthy_panic|max_host_weight/,
  // How often a priority in panic is chosen.
  volatile: /\.panic-of-one\.lb_healthy_panic/,
})
