/* client_side_weighted_round_robin and wrr_locality: what hosts say of their load decides what they get. */
import { afterAll, beforeAll } from 'bun:test'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { sharesNear } from './support/shares.ts'
import type { Side } from './support/side.ts'

/** Reports the load that the request gives it in `load-<host>`; `trailer-<host>` comes as a trailer. */
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((socket) => {
    const host = socket.localAddress?.split('.').at(-1) ?? ''
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      const text = data.toString('latin1')
      const report = new RegExp(`^load-${host}: (.*)\r$`, 'm').exec(text)?.[1]
      const trailer = new RegExp(`^trailer-${host}: (.*)\r$`, 'm').exec(text)?.[1]
      const name = 'endpoint-load-metrics'
      const head = `HTTP/1.1 200 OK\r\n${report === undefined ? '' : `${name}: ${report}\r\n`}`
      const body =
        trailer === undefined
          ? `content-length: 1\r\n\r\n${host}`
          : `transfer-encoding: chunked\r\n\r\n1\r\n${host}\r\n0\r\n${name}: ${trailer}\r\n\r\n`
      socket.write(head + body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const one = (name: string, type: string, fields: object): object => ({
  policies: [
    { typed_extension_config: { name, typed_config: { '@type': `${POLICIES}.${name}.v3.${type}`, ...fields } } },
  ],
})
const orca = (fields: object): object =>
  one('client_side_weighted_round_robin', 'ClientSideWeightedRoundRobin', {
    blackout_period: '0s',
    weight_update_period: '0.1s',
    ...fields,
  })

const host = (number: number, weight: number): object => ({
  load_balancing_weight: weight,
  endpoint: { address: { socket_address: { address: `127.0.1.${number}`, port_value: port } } },
})

const cluster = (name: string, policy: object): object => ({
  name,
  type: 'STATIC',
  load_balancing_policy: policy,
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http_protocol_options: { enable_trailers: true } },
    },
  },
  load_assignment: {
    cluster_name: name,
    endpoints: [
      { locality: { zone: 'a' }, load_balancing_weight: 3, lb_endpoints: [host(1, 7), host(2, 2)] },
      { locality: { zone: 'b' }, load_balancing_weight: 1, lb_endpoints: [host(3, 1)] },
    ],
  },
})

async function ask(side: Side, path: string, times: number, ...headers: readonly string[]): Promise<string> {
  let hosts = ''
  const head = [`GET ${path} HTTP/1.1`, 'host: a', ...headers].join('\r\n')
  for (let i = 0; i < times; i++) {
    const [reply] = await side.exchange('front', `${head}\r\n\r\n`)
    hosts += reply?.body ?? '-'
  }
  return hosts
}

/** As /clusters shows them, once a period has passed. */
async function weights(side: Side, name: string): Promise<readonly string[]> {
  await Bun.sleep(300)
  const lines = (await side.proxy.admin('/clusters')).split('\n')
  return lines
    .filter((line) => line.startsWith(`${name}::`) && line.includes('::weight::'))
    .map((line) => line.split('::').at(-1)!)
}

const all = (report: string): readonly string[] => [1, 2, 3].map((number) => `load-${number}: ${report}`)

differential('weights by reports of load', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ['named', 'penalty', 'locality', 'late', 'first'].map((name) => routeTo(name, `/${name}`)),
        }),
      ],
      clusters: [
        cluster('named', orca({ metric_names_for_computing_utilization: ['named_metrics.*', 'mem_utilization'] })),
        cluster('penalty', orca({ error_utilization_penalty: 0.5 })),
        cluster('locality', one('wrr_locality', 'WrrLocality', { endpoint_picking_policy: orca({}) })),
        cluster('late', orca({ weight_update_period: '60s' })),
        cluster('first', {
          policies: [
            {
              typed_extension_config: {
                name: 'n',
                typed_config: { '@type': 'type.googleapis.com/envoy.config.core.v3.Node' },
              },
            },
            ...(orca({}) as { policies: object[] }).policies,
          ],
        }),
      ],
    },
  }),
  traffic: async (side) => {
    side.note('before any report', [await weights(side, 'late'), await weights(side, 'named')])
    await ask(
      side,
      '/named',
      9,
      ...all('TEXT rps_fractional=100,cpu_utilization=0.9,named_metrics.a=0.1,named_metrics.b=0.4'),
    )
    side.note('the largest of those named', await weights(side, 'named'))
    await ask(
      side,
      '/named',
      9,
      ...all('JSON {"rpsFractional": 100, "applicationUtilization": 0.2, "memUtilization": 0.5}'),
    )
    side.note('JSON', await weights(side, 'named'))
    await ask(
      side,
      '/named',
      9,
      ...[1, 2, 3].map((number) => `trailer-${number}: TEXT rps_fractional:50,cpu_utilization:1`),
    )
    side.note('a trailer', await weights(side, 'named'))
    await ask(side, '/named', 9, ...all('TEXT rps_fractional=1,what=2'))
    side.note('nonsense', await weights(side, 'named'))

    await ask(side, '/penalty', 9, ...all('TEXT rps_fractional=100,cpu_utilization=0.5,eps=50'))
    side.note('errors', await weights(side, 'penalty'))

    await ask(
      side,
      '/first',
      30,
      'load-1: TEXT rps_fractional=300,cpu_utilization=1',
      'load-2: TEXT rps_fractional=100,cpu_utilization=1',
    )
    side.note('the median for others', await weights(side, 'first'))
    side.note('shares', sharesNear(await ask(side, '/first', 300), { 1: 0.5, 2: 1 / 6, 3: 1 / 3 }, 0.01))

    await ask(
      side,
      '/locality',
      30,
      'load-1: TEXT rps_fractional=300,cpu_utilization=1',
      'load-2: TEXT rps_fractional=100,cpu_utilization=1',
    )
    side.note('by locality', await weights(side, 'locality'))
    side.note(
      'shares by locality',
      sharesNear(await ask(side, '/locality', 320), { 1: 9 / 16, 2: 3 / 16, 3: 0.25 }, 0.01),
    )
  },
  stats: /lb_zone|lb_recalculate|lb_healthy|max_host_weight/,
})
