/* Where listeners listen and with which sockets, beside the real Envoy. */
import { readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { rawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const routes = [direct('/', 'hi')]
const port0 = { socket_address: { address: '127.0.0.1', port_value: 0 } }

function listener(name: string, fields: object = {}): object {
  return { ...httpListener(name, { statPrefix: name, routes }), ...fields }
}

/** First lines of the answers at every address of the listener, in the order of /listeners. */
async function answers(side: Side, name: string): Promise<string[]> {
  const lines = (await side.proxy.admin('/listeners')).split('\n').filter((line) => line.startsWith(`${name}::`))
  return Promise.all(
    lines.map(async (line) => {
      const port = Number(line.slice(line.lastIndexOf(':') + 1))
      try {
        using client = await rawClient(port)
        client.write(REQUEST)
        await client.closed()
        return client.received().split('\r\n')[0] ?? ''
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error)
      }
    }),
  )
}

async function answerOfPipe(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    let text = ''
    socket.on('connect', () => socket.write(REQUEST))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

const named = (text: string): unknown =>
  (JSON.parse(text) as { listener_statuses: { name: string }[] }).listener_statuses.sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )

differential('addresses: further ones, none, in the file system, with their modes', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        listener('two', { additional_addresses: [{ address: port0 }] }),
        listener('unbound', {
          address: { socket_address: { address: '127.0.0.2', port_value: 0 } },
          bind_to_port: false,
        }),
        listener('pipe', { address: { pipe: { path: '{folder}/pipe', mode: 0o640 } } }),
        listener('plain', { address: { pipe: { path: '{folder}/plain' } } }),
        listener('one-socket', { enable_reuse_port: false }),
      ],
    },
  }),
  stats:
    /^listener_manager\.(?!lds)|^listener\.(?:127|<folder>|_)[^.]*\.[^.]*\.[^.]*\.[^.]*\.?(?:worker_\d\.)?downstream_cx_(?:total|overflow)|no_filter/,
  volatile: /worker_\d/,
  traffic: async (side) => {
    for (const name of ['two', 'unbound', 'one-socket']) side.note(name, await answers(side, name))
    for (const name of ['pipe', 'plain']) {
      const path = join(side.proxy.folder, name)
      side.note(name, [await answerOfPipe(path), (statSync(path).mode & 0o777).toString(8)])
    }
    await side.noteAdmin('/listeners?format=json', named)
  },
})

/** Whether the kernel would ask an idle client of this port for a sign of life (timer 2), and within how many seconds. */
function keepaliveTimer(port: number): string {
  const local = port.toString(16).toUpperCase().padStart(4, '0')
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find(([, from, , state]) => from?.endsWith(`:${local}`) === true && state === '01')
  const [kind, when = '0'] = (line?.[5] ?? '').split(':')
  return `${kind} ${Math.ceil(Number.parseInt(when, 16) / 100 / 10) * 10}`
}

differential('options of sockets, limits of connections', {
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 'base', static_layer: { 'envoy.resource_limits.listener.limited.connection_limit': 1 } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    static_resources: {
      listeners: [
        listener('tuned', {
          freebind: true,
          transparent: false,
          tcp_fast_open_queue_length: 5,
          tcp_backlog_size: 7,
          tcp_keepalive: { keepalive_probes: 3, keepalive_time: 20, keepalive_interval: 5 },
          socket_options: [
            { level: 1, name: 8, int_value: 65_536, state: 'STATE_PREBIND' },
            { level: 6, name: 1, int_value: 1, state: 'STATE_LISTENING' },
          ],
        }),
        listener('foreign', {
          address: { socket_address: { address: '192.0.2.7', port_value: 0 } },
          freebind: true,
        }),
        // Serves nobody, and is in nobody's way.
        listener('refused', { socket_options: [{ level: 1, name: 9999, int_value: 1, state: 'STATE_LISTENING' }] }),
        listener('limited'),
      ],
    },
  }),
  // Envoy never says that its workers have started once one listener could not.
  stats: /^listener_manager\.(?!lds|workers_started)|downstream_cx_overflow|no_filter/,
  traffic: async (side) => {
    {
      using client = await side.connect('tuned')
      client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await client.until('hi')
      side.note('keepalive', keepaliveTimer(side.proxy.port('tuned')))
    }
    side.note('refused', await answers(side, 'refused'))
    using first = await side.connect('limited')
    first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await first.until('hi')
    using second = await side.connect('limited')
    await second.closed()
    side.note('over the limit', second.received())
    await side.proxy.admin('/runtime_modify?envoy.resource_limits.listener.limited.connection_limit=2', 'POST')
    await Bun.sleep(50)
    using third = await side.connect('limited')
    third.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await third.until('hi')
    await side.noteAdmin('/listeners?format=json', named)
  },
})
