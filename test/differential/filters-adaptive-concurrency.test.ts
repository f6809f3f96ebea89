/*
 * envoy.filters.http.adaptive_concurrency: who is refused, and where the limit goes. Latencies are far from what would
 * change the outcome: a best latency of a second makes every answer quick, one of a millisecond makes each slow.
 */
import { filterEntry } from './support/filter-case.ts'
import type { FilterCase } from './support/filter-case.ts'
import { differentialFilters, exchange } from './support/filter-case.ts'
import type { Side } from './support/side.ts'

const TYPE = 'adaptive_concurrency.v3.AdaptiveConcurrency'
const STATS = /adaptive_concurrency|http\.ingress\.downstream_rq_[0-9]xx$/
const GAUGES = 'http.ingress.adaptive_concurrency.gradient_controller.'

interface Gradient {
  readonly limits?: object
  readonly rtt?: object
  readonly gradient?: object
  /** Of the filter. */
  readonly more?: object
}

function controller({ limits, rtt, gradient, more }: Gradient): object {
  return filterEntry('adaptive_concurrency', TYPE, {
    gradient_controller_config: {
      concurrency_limit_params: { concurrency_update_interval: '0.1s', ...limits },
      min_rtt_calc_params: { ...(rtt ?? { interval: '300s', jitter: { value: 0 } }) },
      ...gradient,
    },
    ...more,
  })
}

/** Requests that hang one after the other, until one is refused. */
async function fill(side: Side, name: string, line = 'GET /', headers: readonly string[] = []): Promise<void> {
  const open = []
  const began = side.seenBy('app').length
  let refused = ''
  while (open.length < 12 && refused === '') {
    const client = await side.connect('front')
    open.push(client)
    client.write([`${line} HTTP/1.1`, 'host: a', 'x-do: hang', ...headers, '', ''].join('\r\n'))
    const before = side.seenBy('app').length
    const limit = performance.now() + 3000
    while (side.seenBy('app').length === before && refused === '' && performance.now() < limit) {
      refused = client.received()
      await Bun.sleep(5)
    }
  }
  side.note(name, [side.seenBy('app').length - began, refused.replace(/date: .*\r\n/, '')])
  for (const client of open) client[Symbol.dispose]()
  await Bun.sleep(50)
}

/** One request, and then the limit that it leads to. */
async function step(side: Side, order: string, before: string): Promise<string> {
  await side.exchange('front', `GET / HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n\r\n`)
  const limit = performance.now() + 600
  for (;;) {
    const now = (await side.stats())[`${GAUGES}concurrency_limit`] ?? ''
    if (now !== before || performance.now() > limit) return now
    await Bun.sleep(20)
  }
}

async function steps(side: Side, order: string, count: number): Promise<void> {
  const seen = [(await side.stats())[`${GAUGES}concurrency_limit`] ?? '']
  for (let i = 0; i < count; i++) seen.push(await step(side, order, seen.at(-1)!))
  side.note(`limits, ${order}`, seen)
}

function adaptive(name: string, gradient: Gradient, wanted: Partial<FilterCase>): void {
  differentialFilters(`adaptive_concurrency: ${name}`, {
    filters: [controller(gradient)],
    requests: [],
    lines: 0,
    stats: STATS,
    volatile: /(?:min_rtt_msecs|sample_rtt_msecs)$/,
    ...wanted,
  })
}

adaptive('as many as the first measurement allows', {}, { afterwards: (side) => fill(side, 'three') })

adaptive(
  'as many as told, and another status',
  {
    rtt: { interval: '300s', min_concurrency: 2, request_count: 1 },
    more: { concurrency_limit_exceeded_status: { code: 'TooManyRequests' } },
  },
  {
    log: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%',
    lines: 3,
    afterwards: (side) => fill(side, 'two'),
  },
)

adaptive(
  'a status that is no error',
  { rtt: { interval: '300s', min_concurrency: 1 }, more: { concurrency_limit_exceeded_status: { code: 'OK' } } },
  { afterwards: (side) => fill(side, 'one') },
)

adaptive(
  'not in use',
  { rtt: { interval: '300s', min_concurrency: 1 }, more: { enabled: { default_value: false, runtime_key: 'k' } } },
  { afterwards: (side) => fill(side, 'any number') },
)

adaptive(
  'gRPC, and a body',
  { rtt: { interval: '300s', min_concurrency: 1 } },
  {
    afterwards: (side) =>
      fill(side, 'one', 'POST /', ['content-type: application/grpc', 'transfer-encoding: chunked', '', '0']),
  },
)

for (const [name, gradient] of Object.entries({
  'a fixed best latency': { rtt: { fixed_value: '1s' } },
  'a fixed best latency, with limits': {
    rtt: { fixed_value: '1s' },
    limits: { min_concurrency_limit: 5, max_concurrency_limit: 20 },
  },
  'both, of which one counts': { rtt: { fixed_value: '1s', interval: '300s' } },
  'measured, and the lowest limit apart': {
    rtt: { interval: '300s', jitter: { value: 0 }, request_count: 1, min_concurrency: 2, buffer: { value: 100 } },
    limits: { min_concurrency_limit: 9 },
  },
} satisfies Record<string, Gradient>)) {
  adaptive(`growth, ${name}`, gradient, {
    afterwards: async (side) => {
      // Which limits come after one measured best latency is luck.
      await steps(side, 'delay=60', 'fixed_value' in gradient.rtt ? 5 : 2)
      await fill(side, 'filled')
    },
  })
}

for (const [name, gradient] of Object.entries({
  'fixed, to the lowest that is told': {
    rtt: { fixed_value: '0.001s', buffer: { value: 0 } },
    limits: { min_concurrency_limit: 1 },
  },
  'fixed, to the lowest': { rtt: { fixed_value: '0.001s', buffer: { value: 0 } } },
} satisfies Record<string, Gradient>)) {
  adaptive(`the way down, ${name}`, gradient, {
    afterwards: async (side) => {
      await steps(side, 'delay=30', 4)
      await fill(side, 'filled')
    },
  })
}

adaptive(
  'the lowest limit five times asks for a measurement',
  {
    rtt: { interval: '300s', jitter: { value: 0 }, request_count: 2, min_concurrency: 2, buffer: { value: 0 } },
  },
  {
    afterwards: async (side) => {
      for (let i = 0; i < 2; i++) await exchange(side, [`quick ${i}`, 'GET /', ['x-do: status=200']])
      for (let i = 0; i < 9; i++) {
        await exchange(side, [`slow ${i}`, 'GET /', ['x-do: delay=250']])
        await Bun.sleep(130)
        const { [`${GAUGES}min_rtt_calculation_active`]: active } = await side.stats()
        side.note(`measures after ${i}`, active)
      }
    },
    volatile: /(?:rtt_msecs|gradient|burst_queue_size|concurrency_limit)$/,
  },
)

adaptive(
  'measured again',
  { rtt: { interval: '1s', jitter: { value: 0 }, request_count: 1, min_concurrency: 1 } },
  {
    afterwards: async (side) => {
      await exchange(side, ['first', 'GET /', ['x-do: status=200']])
      side.note('then', (await side.stats())[`${GAUGES}min_rtt_calculation_active`])
      await Bun.sleep(1200)
      side.note('later', (await side.stats())[`${GAUGES}min_rtt_calculation_active`])
      await fill(side, 'one')
    },
    volatile: /(?:rtt_msecs)$/,
  },
)

const KEY = 'adaptive_concurrency.gradient_controller.'
for (const [name, values] of Object.entries({
  'the first measurement': { [`${KEY}min_concurrency`]: 1, [`${KEY}min_rtt_aggregate_request_count`]: 2 },
  'the limits': { [`${KEY}min_concurrency_limit`]: 6, [`${KEY}max_concurrency_limit`]: 10 },
  'the intervals': {
    [`${KEY}min_rtt_calc_interval_ms`]: 700,
    [`${KEY}sample_rtt_calc_interval_ms`]: 150,
    [`${KEY}jitter`]: 0,
  },
})) {
  const rtt = name === 'the limits' ? { fixed_value: '1s' } : { interval: '300s', request_count: 1 }
  adaptive(
    `the runtime tells ${name}`,
    { rtt },
    {
      bootstrap: { layered_runtime: { layers: [{ name: 'static', static_layer: values }] } },
      afterwards: async (side) => {
        await fill(side, 'first')
        if (name !== 'the intervals') await steps(side, 'delay=30', 2)
        else await exchange(side, ['one', 'GET /'])
        await Bun.sleep(800)
      },
      volatile: /(?:rtt_msecs)$/,
    },
  )
}
