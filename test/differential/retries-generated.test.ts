/*
 * Retries with policies and requests made by chance, the same in every run: conditions of HTTP and gRPC, codes, headers of
 * both directions, what internal clients ask for, well-formed and not, bodies, hedging and limits.
 */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const CONDITIONS = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]
const ODD_CONDITIONS = ['nonsense', '5XX', ' 5xx ', '', '5xx;reset', 'unavailable ']

const matchers = [
  { name: 'x-again' },
  { name: 'x-again', string_match: { exact: 'yes' } },
  { name: 'x-again', string_match: { prefix: 'y' }, invert_match: true },
  { name: ':status', string_match: { exact: '404' } },
  { name: ':status', range_match: { start: 400, end: 404 } },
  { name: 'x-again', present_match: false },
  { name: 'x-none', string_match: { exact: '' }, treat_missing_header_as_empty: true },
]
const requestMatchers = [
  { name: ':method', string_match: { exact: 'GET' } },
  { name: 'x-may', present_match: true },
  { name: 'x-may', string_match: { exact: 'no' }, invert_match: true },
  { name: ':path', string_match: { contains: '/1' } },
]

function hostRequests(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => /::rq_(?!active)/.test(line))
    .toSorted()
}

class Made {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  conditions(): string {
    const dice = this.#dice
    const list = dice.some(0, 4, () => dice.oneOf(dice.oneIn(8) ? ODD_CONDITIONS : CONDITIONS))
    return list.join(dice.oneIn(4) ? ' , ' : ',')
  }

  policy(): object {
    const dice = this.#dice
    const reset = { name: dice.oneOf(['retry-after', 'x-reset']), format: dice.oneOf(['SECONDS', 'UNIX_TIMESTAMP']) }
    return {
      retry_on: this.conditions(),
      retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' },
      ...(dice.oneIn(2) && { num_retries: dice.roll(4) }),
      ...(dice.oneIn(3) && { retriable_status_codes: dice.some(1, 3, () => dice.oneOf([200, 404, 418, 500, 503])) }),
      ...(dice.oneIn(3) && { retriable_headers: dice.some(1, 2, () => dice.oneOf(matchers)) }),
      ...(dice.oneIn(4) && { retriable_request_headers: dice.some(1, 2, () => dice.oneOf(requestMatchers)) }),
      ...(dice.oneIn(6) && { per_try_timeout: '0.15s' }),
      ...(dice.oneIn(8) && { per_try_idle_timeout: '0.2s' }),
      ...(dice.oneIn(6) && { rate_limited_retry_back_off: { reset_headers: [reset], max_interval: '0.5s' } }),
    }
  }

  route(index: number): object {
    const dice = this.#dice
    const cluster = dice.oneIn(12) ? dice.oneOf(['dead', 'tight', 'empty']) : 'app'
    return {
      ...routeTo(cluster, '', {
        ...(!dice.oneIn(8) && { retry_policy: this.policy() }),
        timeout: dice.oneOf(['2s', '2s', '0.4s', '0s']),
        ...(dice.oneIn(8) && { hedge_policy: { hedge_on_per_try_timeout: true } }),
      }),
      match: { path_separated_prefix: `/${index}` },
      ...(dice.oneIn(8) && { request_body_buffer_limit: 4 }),
      ...(dice.oneIn(4) && { name: `route-${index}` }),
    }
  }

  order(): string {
    const dice = this.#dice
    const orders: string[] = []
    if (dice.oneIn(10)) return dice.oneOf(['reset', 'garbage', 'cut', 'close'])
    if (dice.oneIn(14)) return dice.oneOf(['delay=260', 'delay=260;status=503'])
    if (dice.oneIn(6)) orders.push(`fail=${dice.roll(3)}`)
    orders.push(`status=${dice.oneOf([200, 200, 404, 409, 418, 429, 500, 501, 502, 503, 504, 599, 600, 799])}`)
    if (dice.oneIn(3)) {
      const grpc = dice.oneOf(['0', '1', '4', '8', '13', '14', '014', '14 ', '-1', 'x', '99', ''])
      const header = dice.oneOf([
        `grpc-status: ${grpc}`,
        `grpc-status: ${grpc}`,
        'x-again: yes',
        'x-again: no',
        'x-envoy-ratelimited: true',
        'x-envoy-overloaded: true',
        'retry-after: 0',
        'retry-after: 9',
        'x-reset: soon',
      ])
      orders.push(`header=${header}`)
    }
    if (dice.oneIn(4)) orders.push('chunked')
    return orders.join(';')
  }

  headers(): string[] {
    const dice = this.#dice
    const headers: string[] = []
    const codes = () => dice.some(0, 3, () => dice.oneOf(['404', ' 418', '5e2', '0x1f4', '', '200', '+503'])).join(',')
    const number = () => dice.oneOf(['0', '1', '2', '3', ' 2', '+2', '-1', 'x', '1x', '', '2.0', '1,2'])
    const maybe = (name: string, value: () => string, count = 4): void => {
      if (dice.oneIn(count)) headers.push(`${name}: ${value()}`)
    }
    maybe('x-may', () => dice.oneOf(['yes', 'no']))
    maybe('content-type', () => dice.oneOf(['application/grpc', 'application/grpc+proto', 'text/plain']), 6)
    if (dice.oneIn(2)) return headers
    headers.push('x-forwarded-for: 127.0.0.1')
    maybe('x-envoy-retry-on', () => this.conditions(), 2)
    maybe('x-envoy-retry-grpc-on', () => this.conditions(), 3)
    maybe('x-envoy-max-retries', number)
    maybe('x-envoy-retriable-status-codes', codes)
    maybe('x-envoy-retriable-header-names', () =>
      dice.oneOf(['x-again', 'X-Again, x-none', ':status', ' ', 'x-reset,']),
    )
    maybe('x-envoy-upstream-rq-timeout-ms', () => dice.oneOf(['400', '0', '', 'x', '5000', '-3']), 8)
    maybe('x-envoy-upstream-rq-per-try-timeout-ms', () => dice.oneOf(['150', '0', 'x', '5000']), 8)
    maybe('x-envoy-hedge-on-per-try-timeout', () => dice.oneOf(['true', 'false', '1', '']), 10)
    maybe('x-envoy-upstream-alt-stat-name', () => 'alt', 10)
    maybe('x-envoy-expected-rq-timeout-ms', () => dice.oneOf(['300', 'x']), 10)
    maybe('x-envoy-upstream-rq-timeout-alt-response', () => dice.oneOf(['1', '']), 10)
    return headers
  }
}

const SEED = 7
const ROUTES = 80
const REQUESTS = 350
const made = new Made(SEED)
const TABLE = Array.from({ length: ROUTES }, (_, index) => made.route(index))

differential('retries with generated policies', {
  backends: ['app', 'tight'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: TABLE,
          virtualHost: {
            include_request_attempt_count: true,
            include_attempt_count_in_response: true,
            include_is_timeout_retry_header: true,
          },
          extra: {
            internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
            delayed_close_timeout: '0.05s',
          },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('tight', [port('tight')], { circuit_breakers: { thresholds: [{ max_retries: 0 }] } }),
        staticCluster('dead', [1]),
        staticCluster('empty', []),
      ],
    },
  }),
  stats: /^cluster\.(?:app|tight|dead|empty)\.(?:.*upstream_rq_.*|retry.*)$/,
  volatile: /upstream_rq_time|active/,
  traffic: async (side) => {
    const dice = new Dice(SEED + 1)
    const requests = new Made(SEED + 2)
    for (let i = 0; i < REQUESTS; i++) {
      const path = `/${dice.roll(ROUTES)}/${i}`
      const body = dice.oneIn(3) ? dice.oneOf(['hello', 'hi', '']) : undefined
      const length = body === undefined ? [] : [`content-length: ${body.length}`]
      const order = requests.order()
      const head = [`x-do: ${order}`, ...requests.headers(), ...length]
      const line = `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`
      const text = `${[line, 'host: a.test', ...head].join('\r\n')}\r\n\r\n${body ?? ''}`
      const from = side.seenBy('app').length
      const replies = await side.exchange('front', text)
      const log = (await side.logLines('access.log', i + 1)).slice(i)
      side.note(text, { replies, log, seen: side.seenBy('app').slice(from) })
    }
    await side.noteAdmin('/clusters', (text) => hostRequests(text))
  },
})
