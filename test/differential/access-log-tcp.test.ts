/* Logs of connections: of the TCP proxy at all its moments, and of listeners. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { ALL_OPERATORS, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const METADATA = { filter_metadata: { m: { k: 'v', n: 1 } } }
const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

function tcpListener(name: string, cluster: string, more: object = {}): object {
  const proxy = {
    '@type': TCP_PROXY,
    stat_prefix: name,
    cluster,
    access_log: [fileLog(`${name}.log`, ALL_OPERATORS)],
    ...more,
  }
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    access_log: [fileLog(`${name}-listener.log`, ALL_OPERATORS)],
    metadata: METADATA,
    filter_chains: [
      {
        name: 'the-chain',
        metadata: METADATA,
        filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }],
      },
    ],
  }
}

const REQUEST = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'

async function traffic(side: Side): Promise<void> {
  const records: [string, readonly string[]][] = []
  const session = async (
    listener: string,
    talk: (client: Awaited<ReturnType<Side['connect']>>) => Promise<void>,
    lines = 1,
    name = listener,
  ): Promise<void> => {
    using client = await side.connect(listener)
    await talk(client)
    records.push([name, await side.logLines(`${listener}.log`, lines)])
    records.push([`${name}, listener`, await side.logLines(`${listener}-listener.log`, 1)])
  }
  await session('plain', async (client) => {
    client.write(REQUEST)
    await client.until('app\n')
    client.destroy()
  })
  await session('upstream-closes', async (client) => {
    client.write(REQUEST.replace('\r\n\r\n', '\r\nx-do: close\r\n\r\n'))
    await client.closed()
    client.destroy()
  })
  await session('upstream-resets', async (client) => {
    client.write(REQUEST.replace('\r\n\r\n', '\r\nx-do: reset\r\n\r\n'))
    await client.closed()
  })
  await session('half-closed', async (client) => {
    client.write(REQUEST)
    await client.until('app\n')
    client.end()
    await client.closed()
  })
  await session('dead', (client) => client.closed())
  await session('nobody', (client) => client.closed())
  await session('unknown', (client) => client.closed())
  await session('idle', (client) => client.closed())
  await session('short', (client) => client.closed())
  await session(
    'moments',
    async (client) => {
      client.write(REQUEST)
      await client.until('app\n')
      await Bun.sleep(650)
      client.destroy()
    },
    4,
  )
  {
    using client = await side.connect('http')
    client.write(`${REQUEST}${REQUEST}`)
    await client.until(/app\n[^]*app\n/)
    client.destroy()
    records.push(['http, listener', await side.logLines('http-listener.log', 1)])
  }
  for (const [name, lines] of records) {
    for (const [index, line] of lines.entries())
      side.note(`${name} ${index}`, comparable(line, name.startsWith('http') ? WITH_SERVICE_TIME : undefined))
  }
}

/** What a client was sent has a service time in it, of one digit or two. */
const WITH_SERVICE_TIME = /^%BYTES_SENT%$/

differential('every operator for connections', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        tcpListener('plain', 'app'),
        tcpListener('upstream-closes', 'app'),
        tcpListener('upstream-resets', 'app'),
        tcpListener('half-closed', 'app'),
        tcpListener('dead', 'dead', { max_connect_attempts: 2 }),
        tcpListener('nobody', 'nobody'),
        tcpListener('unknown', 'unknown'),
        tcpListener('idle', 'app', { idle_timeout: '0.2s' }),
        tcpListener('short', 'app', { max_downstream_connection_duration: '0.2s' }),
        tcpListener('moments', 'app', {
          access_log_options: {
            access_log_flush_interval: '0.5s',
            flush_access_log_on_connected: true,
            flush_access_log_on_start: true,
          },
        }),
        { ...httpListener('http'), access_log: [fileLog('http-listener.log', ALL_OPERATORS)] },
      ],
      clusters: [
        staticCluster('app', [port('app')], { alt_stat_name: 'app_alt', metadata: METADATA }),
        staticCluster('dead', [1]),
        staticCluster('nobody', []),
      ],
    },
  }),
  traffic,
})
