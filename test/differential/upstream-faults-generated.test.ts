/*
 * Clusters by chance, the same in every run, whose hosts fail in every way: what clients and logs see, and everything that is
 * told of the clusters afterwards.
 */
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { completeReplies } from './support/http-replies.ts'
import { clusterByHash, noteClusters, portsOf } from './support/failing-cluster.ts'
import type { Side } from './support/side.ts'

const LOG =
  '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  'failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% ' +
  'hosts=%UPSTREAM_HOSTS_ATTEMPTED% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% ' +
  'up-tx=%UPSTREAM_WIRE_BYTES_SENT% up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED% ' +
  'ended=%UPSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_LOCAL_CLOSE_REASON%'

const HOSTS = ['a', 'b', 'c'] as const
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const PREDICATE = 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'

const HEAD = 'HTTP/1.1 200 OK\\r\\n'
const SCRIPTS = [
  'ok',
  'ok',
  'ok',
  'reset',
  'fin',
  'sleep=60;reset',
  'send=HTTP/1.1 2;sleep=40;reset',
  `send=${HEAD}x-a: 1\\r\\n;sleep=40;fin`,
  `send=${HEAD}content-length: 10\\r\\n\\r\\n01234;sleep=40;reset`,
  `send=${HEAD}content-length: 10\\r\\n\\r\\n01234;sleep=40;fin`,
  `send=${HEAD}transfer-encoding: chunked\\r\\n\\r\\n5\\r\\n01234\\r\\n;sleep=40;fin`,
  `send=${HEAD}\\r\\n01234;sleep=40;fin`,
  'sleep=400;ok',
  'ok;fin',
  'ok;sleep=30;reset',
  `send=${HEAD}connection: close\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n`,
  'send=garbage\\r\\n\\r\\n;hang',
  'send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
  'send=HTTP/1.1 500 No\\r\\ncontent-length: 3\\r\\n\\r\\nno\\n;fin',
  'send=HTTP/1.1 504 No\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n',
  'send=HTTP/1.1 404 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
  'send=HTTP/1.1 100 Continue\\r\\n\\r\\n;sleep=40;reset',
  'hang',
  `now;send=${HEAD}content-length: 3\\r\\n\\r\\nok\\n`,
]

function isRetried(name: string): boolean {
  return Number(name.slice(1)) % 3 > 0
}

/** Of several attempts at a time Envoy counts the bytes of the latest, whichever is answered. */
function isHedged(name: string): boolean {
  return Number(name.slice(1)) % 6 === 1
}

class Made {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  #maybe<T extends object>(count: number, make: () => T): T | undefined {
    return this.#dice.oneIn(count) ? make() : undefined
  }

  cluster(name: string, port: (backend: string) => number): object {
    const dice = this.#dice
    // A retry comes before or after the news of an ejection, by chance.
    const mayEject = !isRetried(name)
    const places = [...HOSTS.slice(0, 1 + dice.roll(3)), ...(dice.oneIn(4) ? [dice.oneOf(['dead', 'hole'])] : [])]
    const few = (): number => 1 + dice.roll(2)
    return {
      ...clusterByHash(name, places, port, (place) => place),
      connect_timeout: '0.25s',
      ...this.#maybe(2, () => ({
        circuit_breakers: {
          thresholds: [
            {
              track_remaining: true,
              ...(dice.oneIn(3) && { max_connections: few() }),
              ...(dice.oneIn(3) && { max_pending_requests: dice.roll(2) }),
              ...(dice.oneIn(3) && { max_requests: few() }),
              ...(dice.oneIn(3) && { max_retries: dice.roll(2) }),
            },
          ],
          ...(dice.oneIn(4) && { per_host_thresholds: [{ max_connections: few() }] }),
        },
      })),
      ...(mayEject && {
        outlier_detection: {
          interval: '1000s',
          base_ejection_time: '1000s',
          max_ejection_percent: dice.oneOf([10, 50, 100]),
          consecutive_5xx: 1 + dice.roll(4),
          ...(dice.oneIn(2) && {
            consecutive_gateway_failure: 1 + dice.roll(3),
            enforcing_consecutive_gateway_failure: 100,
          }),
          ...(dice.oneIn(2) && {
            split_external_local_origin_errors: true,
            consecutive_local_origin_failure: 1 + dice.roll(3),
          }),
        },
      }),
      ...this.#maybe(2, () => ({
        typed_extension_protocol_options: {
          [HTTP_OPTIONS]: {
            '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
            common_http_protocol_options: {
              ...(dice.oneIn(3) && { max_requests_per_connection: 1 + dice.roll(3) }),
              ...(dice.oneIn(3) && { idle_timeout: '0.015s' }),
              ...(dice.oneIn(4) && { max_stream_duration: '0.8s' }),
            },
            explicit_http_config: { http_protocol_options: {} },
          },
        },
      })),
      ...this.#maybe(3, () => ({
        track_cluster_stats: { per_endpoint_stats: true, request_response_sizes: dice.oneIn(2) },
      })),
      ...this.#maybe(4, () => ({ common_lb_config: { healthy_panic_threshold: { value: dice.oneOf([0, 100]) } } })),
      ...this.#maybe(6, () => ({ connection_pool_per_downstream_connection: true })),
    }
  }

  route(name: string): object {
    const dice = this.#dice
    const on = ['5xx', 'gateway-error', 'reset', 'connect-failure', 'reset-before-request', 'retriable-4xx']
    return routeTo(name, `/${name}`, {
      hash_policy: [{ header: { header_name: 'x-key' } }],
      // Times must not come near each other, whatever is added up.
      ...(!isRetried(name)
        ? { timeout: '1.2s' }
        : {
            timeout: '5s',
            retry_policy: {
              retry_on: dice.some(1, 2, () => dice.oneOf(on)).join(),
              num_retries: 1 + dice.roll(3),
              retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' },
              ...(dice.oneIn(3) && { per_try_timeout: '0.27s' }),
              ...(dice.oneIn(3) && {
                retry_host_predicate: [{ name: 'x', typed_config: { '@type': PREDICATE } }],
                host_selection_retry_max_attempts: 5,
              }),
            },
            ...(isHedged(name) && { hedge_policy: { hedge_on_per_try_timeout: true } }),
          }),
    })
  }

  requests(name: string): readonly string[] {
    const dice = this.#dice
    return Array.from({ length: 8 }, (_, index) => {
      const first = dice.oneOf(['', '', '', 'reuse;', 'once;'])
      const script = dice.oneOf(SCRIPTS)
      const body = dice.oneIn(3) ? 'hello' : undefined
      const lines = [
        `${body === undefined ? 'GET' : 'POST'} /${name}/${index} HTTP/1.1`,
        'host: a',
        `x-key: ${dice.roll(6)}`,
        `x-once: ${name}-${index}`,
        `x-do: ${script.startsWith('now;') ? script : `${first}${script}`}`,
        ...(body === undefined ? [] : [`content-length: ${body.length}`]),
      ]
      return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
    })
  }
}

/** What a client gets, on a connection of its own. */
async function reply(side: Side, text: string): Promise<unknown> {
  using client = await side.connect('front')
  client.write(text)
  let closed = false
  const end = client.closed(8000).then(
    () => (closed = true),
    () => undefined,
  )
  const method = text.split(' ')[0]!
  const limit = performance.now() + 8000
  while (!closed && performance.now() < limit) {
    if (completeReplies(client.received(), [method], closed).some(({ status }) => !/ 1\d\d /.test(status))) break
    await Promise.race([end, Bun.sleep(3)])
  }
  return [client.received().replace(/^date: .*\r\n/m, ''), closed ? 'closed' : 'open']
}

async function clusterTraffic(side: Side, name: string, requests: readonly string[]): Promise<void> {
  for (const [index, text] of requests.entries()) {
    side.note(`${name} ${index}: ${text.split('\r\n').slice(0, -2).join(' | ')}`, await reply(side, text))
    // The upstream may have more to do.
    await Bun.sleep(text.includes('sleep=40') || text.includes('sleep=30') ? 90 : 40)
  }
}

/** Where the host and the proxy both end a connection, one of them is first by chance. */
const VOLATILE = /remaining_cx_pools|bytes_(?:total|buffered)|upstream_cx_destroy_(?:local|remote)$/

function generated(seed: number, count = 30): void {
  const names = Array.from({ length: count }, (_, index) => `c${index}`)
  let hole: { readonly port: number } | undefined = undefined
  const requests = new Made(seed + 1000)
  const traffic = names.map((name) => [name, requests.requests(name)] as const)
  differential(`hosts that fail, by chance: ${seed}`, {
    faulty: HOSTS,
    before: async () => void (hole = await blackHole()),
    bootstrap: (backend) => {
      const made = new Made(seed)
      const port = portsOf(backend, hole?.port ?? 0)
      return {
        static_resources: {
          clusters: names.map((name) => made.cluster(name, port)),
          listeners: [
            httpListener('front', {
              routes: names.map((name) => {
                const route = made.route(name)
                return { ...route, match: { path_separated_prefix: `/${name}` } }
              }),
              extra: { delayed_close_timeout: '0.05s', access_log: [fileLog('access.log', textFormat(LOG))] },
            }),
          ],
        },
      }
    },
    stats: /^cluster\.c\d+\./,
    volatile: VOLATILE,
    traffic: async (side) => {
      const lanes = [0, 1, 2, 3, 4].map((lane) => traffic.filter((_, index) => index % 5 === lane))
      await Promise.all(
        lanes.map(async (lane) => {
          for (const [name, texts] of lane) await clusterTraffic(side, name, texts)
        }),
      )
      const lines = await side.logLines('access.log', 8 * count)
      for (const name of names) {
        side.note(
          `log of ${name}`,
          lines
            .filter((line) => line.split(' ')[1]!.startsWith(`/${name}/`))
            .map((line) => (isHedged(name) ? line.replaceAll(/(up-[tr]x=)\d+/g, '$1') : line)),
        )
      }
      await Bun.sleep(300)
      await noteClusters(side)
    },
  })
}

for (const seed of [1, 2]) generated(seed)
