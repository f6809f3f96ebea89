/* Connections to hosts: what their sockets are made with, and how long they may hold what their peer does not take. */
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% ' +
  'local=%UPSTREAM_LOCAL_CLOSE_REASON% ended=%UPSTREAM_DETECTED_CLOSE_TYPE% ' +
  'termination=%CONNECTION_TERMINATION_DETAILS% from=%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%'
const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

interface Shared {
  server: Server | undefined
  port: number
}

async function listen(shared: Shared, server: Server, host: string): Promise<void> {
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  shared.server = server
  shared.port = (server.address() as AddressInfo).port
}

const deaf: Shared = { server: undefined, port: 0 }
const MEGABYTES = 15

async function pour(side: Side, listener: string, head: string): Promise<string> {
  using client = await side.connect(listener)
  if (head !== '') client.write(head)
  const piece = 'x'.repeat(2 ** 20)
  for (let i = 0; i < MEGABYTES; i++) client.write(piece)
  await client.closed(1500).catch(() => undefined)
  return client.received()
}

differential('what waits to be sent for too long', {
  before: () =>
    listen(
      deaf,
      createServer((socket) => {
        socket.pause()
        socket.on('error', () => undefined)
      }),
      '127.0.0.1',
    ),
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: { delayed_close_timeout: '0.1s', access_log: [fileLog('access.log', textFormat(LOG))] },
          routes: [
            routeTo('short', '/short', { timeout: '0s' }),
            routeTo('short', '/retried', { timeout: '0s', retry_policy: { retry_on: '5xx' } }),
            routeTo('never', '/never', { timeout: '1.5s' }),
          ],
        }),
        {
          name: 'tcp',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            {
              filters: [
                {
                  name: 'tcp',
                  typed_config: {
                    '@type': TCP_PROXY,
                    stat_prefix: 'tcp',
                    cluster: 'short',
                    access_log: [fileLog('tcp.log', textFormat(LOG))],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        staticCluster('short', [deaf.port], {
          per_connection_buffer_limit_bytes: 20_000,
          per_connection_buffer_high_watermark_timeout: '0.4s',
        }),
        staticCluster('never', [deaf.port], {
          per_connection_buffer_limit_bytes: 20_000,
          per_connection_buffer_high_watermark_timeout: '0s',
        }),
      ],
    },
  }),
  traffic: async (side) => {
    for (const path of ['/short', '/retried', '/never']) {
      const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${MEGABYTES * 2 ** 22}\r\n\r\n`
      side.note(path, await pour(side, 'front', head))
    }
    await pour(side, 'tcp', '')
    await side.noteLog('access.log', 3)
    await side.noteLog('tcp.log', 1)
  },
  stats: /^cluster\.(?:short|never)\.upstream_(?:cx|rq)/,
  volatile: /bytes/,
})

const six: Shared = { server: undefined, port: 0 }
const NO_SUCH_OPTION = { socket_options: [{ level: 6, name: 9999, int_value: 1 }] }
const SOURCE = { source_address: { address: '127.0.0.1', port_value: 0 } }
const SECOND = { address: { address: '::1', port_value: 0 } }

const BINDS: Readonly<Record<string, object>> = {
  plain: { ...SOURCE, extra_source_addresses: [SECOND] },
  both: { ...SOURCE, ...NO_SUCH_OPTION, extra_source_addresses: [SECOND] },
  first: { ...SOURCE, ...NO_SUCH_OPTION, extra_source_addresses: [{ ...SECOND, socket_options: {} }] },
  second: { ...SOURCE, extra_source_addresses: [{ ...SECOND, socket_options: NO_SUCH_OPTION }] },
  turned: {
    source_address: SECOND.address,
    ...NO_SUCH_OPTION,
    extra_source_addresses: [{ address: SOURCE.source_address, socket_options: {} }],
  },
}

differential('options of sockets from several source addresses', {
  backends: ['app'],
  before: () =>
    listen(
      six,
      createServer((socket) => {
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nsix'))
        socket.on('error', () => undefined)
      }),
      '::1',
    ),
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: { access_log: [fileLog('access.log', textFormat(LOG))] },
          routes: Object.keys(BINDS).flatMap((name) => [
            routeTo(`${name}4`, `/${name}4`),
            routeTo(`${name}6`, `/${name}6`),
          ]),
        }),
      ],
      clusters: Object.entries(BINDS).flatMap(([name, upstream_bind_config]) => [
        staticCluster(`${name}4`, [port('app')], { upstream_bind_config }),
        {
          ...staticCluster(`${name}6`, [], { upstream_bind_config }),
          load_assignment: {
            cluster_name: name,
            endpoints: [
              {
                lb_endpoints: [{ endpoint: { address: { socket_address: { address: '::1', port_value: six.port } } } }],
              },
            ],
          },
        },
      ]),
    },
  }),
  traffic: async (side) => {
    const names = Object.keys(BINDS)
    for (const name of names) {
      for (const family of [4, 6]) await side.request(`${name} ${family}`, 'front', `GET /${name}${family}`)
    }
    await side.noteLog('access.log', 2 * names.length)
  },
  stats: /^cluster\.\w+\.(?:upstream_(?:cx|rq)|bind_errors)/,
  volatile: /bytes/,
})

differential('the one queuing policy', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', {})],
      clusters: [
        staticCluster('app', [port('app')], {
          circuit_breakers: { thresholds: [{ max_connections: 1 }] },
          queuing_policies: {
            pending_rq_policy: {
              name: 'any',
              typed_config: {
                '@type': 'type.googleapis.com/envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig',
              },
            },
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const asked: Promise<unknown>[] = []
    for (let i = 0; i < 5; i++) {
      asked.push(side.exchange('front', `GET /${i} HTTP/1.1\r\nhost: a\r\nx-do: sleep=100;ok\r\n\r\n`))
      await Bun.sleep(40)
    }
    await Promise.all(asked)
    side.note(
      'order',
      side.receivedBy('app').map((text) => [...text.matchAll(/^GET \S+/gm)].join()),
    )
  },
  stats: /^cluster\.app\.upstream_(?:cx|rq)/,
  volatile: /bytes/,
})

const CLIENT_LOG =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% local=%DOWNSTREAM_LOCAL_CLOSE_REASON% ' +
  'detected=%DOWNSTREAM_DETECTED_CLOSE_TYPE% upstream=%UPSTREAM_LOCAL_CLOSE_REASON% ' +
  'termination=%CONNECTION_TERMINATION_DETAILS%'
const LIMITS = { per_connection_buffer_limit_bytes: 20_000, per_connection_buffer_high_watermark_timeout: '0.4s' }
const LENGTH = 20_000_000

differential('what waits for a client for too long', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        {
          ...httpListener('front', { extra: { access_log: [fileLog('access.log', textFormat(CLIENT_LOG))] } }),
          ...LIMITS,
        },
        {
          name: 'tcp',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            {
              filters: [
                {
                  name: 'tcp',
                  typed_config: {
                    '@type': TCP_PROXY,
                    stat_prefix: 'tcp',
                    cluster: 'app',
                    access_log: [fileLog('tcp.log', textFormat(CLIENT_LOG))],
                  },
                },
              ],
            },
          ],
          ...LIMITS,
        },
      ],
      clusters: [staticCluster('app', [port('app')], { per_connection_buffer_limit_bytes: 20_000 })],
    },
  }),
  traffic: async (side) => {
    for (const listener of ['front', 'tcp']) {
      using client = await side.connect(listener)
      client.pause()
      const order = `send=HTTP/1.1 200 OK\\r\\ncontent-length: ${LENGTH}\\r\\n\\r\\n{${LENGTH}*x}`
      client.write(`GET / HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n\r\n`)
      await Bun.sleep(1500)
      client.resume()
      const ended = await client.closed(2000).then(
        () => true,
        () => false,
      )
      side.note(listener, [ended, client.received().length >= LENGTH])
    }
    await side.noteLog('access.log', 1)
    await side.noteLog('tcp.log', 1)
  },
  stats: /^(?:http\.ingress|tcp|listener)\.(?!admin).*(?:downstream_cx_(?!.*bytes)|downstream_rq)/,
  volatile: /length_ms|rq_time/,
})
