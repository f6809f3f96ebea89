/*
 * What every HTTP filter must hold, whatever it does: its configurations are read whole or refused at the field, and
 * whatever traffic comes, wherever it breaks off, the filter keeps to the contract of src/api/http.ts, its gauges fall
 * back to zero, its timers stop, and reading goes on. The first tests of every filter:
 *
 *     httpFilterConformance(extension, {
 *       good: ['max_request_bytes: 100'],
 *       bad: [['{}', 'max_request_bytes']],
 *     })
 */
import { describe, expect, test } from 'bun:test'
import type { ConfigError } from '../../src/api/config.ts'
import type { Extension, FactoryContext } from '../../src/api/extension.ts'
import type { HttpFilterExtension } from './filter-harness.ts'
import { FilterHarness, parseFilter, parsePerRoute } from './filter-harness.ts'
import { FilterWatch } from './watched-filter.ts'

/** A configuration (YAML), and a part of what is said about it: `path: message`. */
export type BadConfig = readonly [yaml: string, says: string]

export interface FilterConformance {
  readonly good: readonly string[]
  readonly bad?: readonly BadConfig[]
  readonly perRoute?: { readonly good: readonly string[]; readonly bad?: readonly BadConfig[] }
  /** A configuration that lets ordinary traffic through as it is; undefined where there is none. */
  readonly transparent?: string
  readonly runtime?: Readonly<Record<string, unknown>>
  readonly extensions?: readonly Extension[]
  readonly context?: Partial<FactoryContext>
  /** Gauges that tell a state and do not count streams: they need not fall back to zero. */
  readonly stateGauges?: RegExp
}

export function httpFilterConformance<C>(extension: HttpFilterExtension<C>, given: FilterConformance): void {
  describe(`${extension.name}: configuration`, () => {
    test.each(given.good.map((yaml) => [yaml]))('takes %s', (yaml) => {
      expect(problemsOf(parseFilter(extension, yaml, given.extensions))).toEqual([])
    })
    if (given.bad !== undefined) {
      test.each(given.bad.map((bad) => [...bad]))('refuses %s', (yaml, says) => {
        expect(problemsOf(parseFilter(extension, yaml, given.extensions)).join('\n')).toContain(says)
      })
    }
    const { perRoute } = given
    if (perRoute === undefined) return
    test.each(perRoute.good.map((yaml) => [yaml]))('takes from a route %s', (yaml) => {
      expect(problemsOf(parsePerRoute(extension, yaml, given.extensions))).toEqual([])
    })
    if (perRoute.bad === undefined) return
    test.each(perRoute.bad.map((bad) => [...bad]))('refuses from a route %s', (yaml, says) => {
      expect(problemsOf(parsePerRoute(extension, yaml, given.extensions)).join('\n')).toContain(says)
    })
  })

  describe(`${extension.name}: contract`, () => {
    test.each(given.good.map((yaml) => [yaml]))('any traffic, broken off anywhere, with %s', (config) => {
      for (const request of REQUESTS) {
        for (const response of RESPONSES) {
          const steps = [...request.steps, ...response.steps]
          for (let cut = 0; cut <= steps.length; cut++) {
            for (const end of ENDS) breakOff(extension, given, config, steps, cut, end)
          }
        }
      }
    })
    const { transparent } = given
    if (transparent !== undefined) {
      test.each(REQUESTS.flatMap((request) => RESPONSES.map((response) => [request, response] as const)))(
        'lets through %s %s',
        (request, response) => passes(extension, given, transparent, [...request.steps, ...response.steps]),
      )
    }
    test('does nothing where a route disables it', () => {
      const watch = new FilterWatch()
      const off = '{"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}'
      const harness = make(extension, given, given.good[0]!, watch, `typed_per_filter_config: {x: ${off}}`)
      harness.send('GET /').respond(200, [], 'ok')
      expect([watch.created, harness.reply().status]).toEqual([0, 200])
    })
  })
}

function problemsOf(parsed: { readonly errors: readonly ConfigError[] } | { readonly config: unknown }): string[] {
  return 'errors' in parsed ? parsed.errors.map((error) => `${error.path}: ${error.message}`) : []
}

type Harness = FilterHarness<unknown>
type Step = (harness: Harness) => void

interface Traffic {
  readonly name: string
  readonly steps: readonly Step[]
  /** For the names of tests. */
  toString(): string
}

function traffic(name: string, ...steps: readonly Step[]): Traffic {
  return { name, steps, toString: () => name }
}

/** Only where the request got through and is not answered yet. */
const upstream =
  (step: Step): Step =>
  (harness) => {
    if (harness.reached && !harness.upstream.destroyed) step(harness)
  }

const later: Step = (h) => void h.advance(60_000)

const REQUESTS: readonly Traffic[] = [
  traffic('GET', (h) => h.send('GET /a?b=c', ['origin: http://o.test', 'x-twice: 1', 'x-twice: 2'])),
  traffic('HEAD', (h) => h.send('HEAD /a')),
  traffic('POST', (h) => h.send('POST /a', ['content-type: application/grpc'], 'whole body')),
  traffic(
    'POST in pieces',
    (h) => h.sendOpen('POST /a', ['expect: 100-continue']),
    (h) => h.chunk('one'),
    (h) => h.chunk('two'),
    (h) => h.endChunks(),
  ),
  traffic(
    'PUT with trailers, slowly',
    (h) => h.sendOpen('PUT /a'),
    later,
    (h) => h.chunk('one'),
    later,
    (h) => h.endChunks('x-request-trailer: yes'),
  ),
]

const RESPONSES: readonly Traffic[] = [
  traffic(
    '204',
    upstream((h) => h.respond(204)),
  ),
  traffic(
    '200',
    upstream((h) => h.respond(200, ['content-length: 2', 'x-twice: 1', 'x-twice: 2'], 'ok')),
  ),
  traffic(
    '503 in pieces with trailers',
    upstream((h) => h.respondOpen(503, ['content-type: text/plain'])),
    upstream((h) => h.respondData('one', false)),
    upstream((h) => h.respondData('two', false)),
    upstream((h) => h.respondTrailers(['x-response-trailer: yes'])),
  ),
  traffic(
    'local reply',
    upstream((h) => h.callbacks.sendLocalReply({ status: 503, body: 'no', details: 'test' })),
  ),
  traffic(
    'local reply that comes late',
    later,
    upstream((h) => h.callbacks.sendLocalReply({ status: 504, body: '', details: 'test' })),
  ),
  traffic(
    'response that is cut by a local reply',
    upstream((h) => h.respondOpen(200)),
    upstream((h) => h.respondData('one', false)),
    upstream((h) => h.callbacks.sendLocalReply({ status: 500, body: 'no', details: 'test' })),
  ),
]

/** How the traffic breaks off. */
const ENDS: readonly Step[] = [
  (h) => void h.disconnect(),
  upstream((h) => {
    h.callbacks.resetStream('local-reset', 'test')
    h.disconnect()
  }),
  (h) => {
    h.advance(7_200_000)
    h.disconnect()
  },
]

function breakOff(
  extension: HttpFilterExtension<never> | HttpFilterExtension<unknown>,
  given: FilterConformance,
  config: string,
  steps: readonly Step[],
  cut: number,
  end: Step,
): void {
  const watch = new FilterWatch()
  const harness = make(extension as HttpFilterExtension<unknown>, given, config, watch)
  for (const step of steps.slice(0, cut)) {
    if (harness.manager.connection.state === 'open') step(harness)
  }
  end(harness)
  harness.disconnect()
  harness.advance(60_000)
  const risen = Object.entries(harness.manager.scope.risenGauges('http.in.'))
  expect({
    offences: watch.offences,
    left: watch.created - watch.destroyed,
    gauges: Object.fromEntries(risen.filter(([name]) => given.stateGauges?.test(name) !== true)),
    notRead: harness.manager.connection.readDisables,
  }).toEqual({ offences: [], left: 0, gauges: {}, notRead: 0 })
}

function make<C>(
  extension: HttpFilterExtension<C>,
  given: FilterConformance,
  config: string,
  watch: FilterWatch,
  virtualHost = '',
): Harness {
  const { runtime = {}, extensions = [], context = {} } = given
  const wrap = (factory: Parameters<FilterWatch['wrap']>[0]) => watch.wrap(factory)
  const harness = new FilterHarness(extension, { config, runtime, extensions, context, wrap, virtualHost, name: 'x' })
  return harness
}

/** The same bytes must come out at both ends as without the filter. */
function passes<C>(
  extension: HttpFilterExtension<C>,
  given: FilterConformance,
  config: string,
  steps: readonly Step[],
): void {
  const run = (harness: Harness) => {
    for (const step of steps) step(harness)
    const { upstream } = harness
    const trailers: string[] = []
    upstream.trailers?.forEach((name, value) => trailers.push(`${name}: ${value}`))
    return { forwarded: harness.forwarded, body: upstream.body, trailers, written: harness.written() }
  }
  const off = { disabled: true, runtime: given.runtime ?? {}, extensions: given.extensions ?? [] }
  const without = new FilterHarness(extension, { ...off, config }) as Harness
  expect(run(make(extension, given, config, new FilterWatch()))).toEqual(run(without))
}
