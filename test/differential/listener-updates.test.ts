/* Listeners that come, change and go by LDS, and updates that are refused, beside the real Envoy. */
import { test } from 'bun:test'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIpAddress } from '../../src/network/address.ts'
import { bindListenSocket, closeListenSocket } from '../../src/network/listen-socket.ts'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, fileSource, NODE } from '../support/dynamic-files.ts'
import { rawClient } from '../support/raw-client.ts'
import { freePorts } from '../support/proxy-process.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const TYPE = 'type.googleapis.com/envoy.config.listener.v3.Listener'

/** Ports of a side's own, since both sides run at the same time. */
const ports = new Map<string, readonly number[]>()

function portOf(side: Side, index: number): number {
  let own = ports.get(side.proxy.folder)
  if (own === undefined) ports.set(side.proxy.folder, (own = freePorts(4)))
  return own[index] ?? 0
}

function listener(name: string, port: number, fields: object = {}, body = name): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return { ...httpListener(name, { statPrefix: name, routes: [direct('/', body)] }), address, ...fields }
}

function write(folder: string, listeners: readonly object[], version: string): void {
  const resources = listeners.map((each) => ({ '@type': TYPE, ...each }))
  writeFileSync(join(folder, 'next'), JSON.stringify({ version_info: version, resources }))
  renameSync(join(folder, 'next'), join(folder, 'lds.json'))
}

async function update(side: Side, listeners: readonly object[], version: string): Promise<void> {
  const attempts = (await side.proxy.stat('listener_manager.lds.update_attempt')) ?? 0
  write(side.proxy.folder, listeners, version)
  await eventually(
    `update ${version}`,
    async () => ((await side.proxy.stat('listener_manager.lds.update_attempt')) ?? 0) > attempts,
  )
  await Bun.sleep(150)
  const stats = Object.entries(await side.stats()).filter(
    ([name]) => name.startsWith('listener_manager.') && !/time|duration|\.version$|pinned/.test(name),
  )
  side.note(version, Object.fromEntries(stats.sort(([one], [other]) => (one < other ? -1 : 1))))
  const text = (await side.proxy.admin('/listeners')).replace(/:\d+\n/g, ':<port>\n')
  side.note(`${version} listeners`, text.split('\n').sort())
}

/** What the direct responses in the route tables of /config_dump say. */
async function noteDumpedRoutes(side: Side): Promise<void> {
  const dump = await side.proxy.admin('/config_dump?resource=static_route_configs')
  side.note('routes', [...dump.matchAll(/"inline_string": "(.*)"/g)].map(([, body = '']) => body).toSorted())
}

async function noteAnswer(side: Side, name: string, index: number, ip = '127.0.0.1', first = ''): Promise<void> {
  try {
    using client = await rawClient(portOf(side, index), ip)
    client.write(`${first}GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    await client.closed()
    side.note(name, client.received().split('\r\n\r\n')[1])
  } catch (error) {
    side.note(name, (error as NodeJS.ErrnoException).code)
  }
}

differential('listeners by LDS', {
  flags: ['--drain-time-s', '1', '--parent-shutdown-time-s', '2'],
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, [], '0')
  },
  bootstrap: () => ({
    node: NODE,
    dynamic_resources: { lds_config: fileSource('lds.json') },
    static_resources: {
      listeners: [httpListener('static', { statPrefix: 'static', routes: [direct('/', 'static')] })],
    },
  }),
  traffic: async (side) => {
    const [a, b, c, d] = [0, 1, 2, 3].map((index) => portOf(side, index)) as [number, number, number, number]
    await update(side, [listener('a', a), listener('b', b)], 'two')
    await noteAnswer(side, 'a answers', 0)
    // One that is as it was, one with other chains, one new.
    await update(side, [listener('a', a), listener('b', b, {}, 'other'), listener('c', c)], 'in place')
    await noteAnswer(side, 'b answers otherwise', 1)
    await noteDumpedRoutes(side)
    const changed = { per_connection_buffer_limit_bytes: 4096 }
    await update(side, [listener('a', a, changed), listener('b', b, {}, 'other'), listener('c', c)], 'in full')
    await noteAnswer(side, 'a goes on', 0)
    await update(side, [listener('a', d, changed), listener('b', b, {}, 'other'), listener('c', c)], 'moved')
    await noteAnswer(side, 'a is there', 3)
    await noteAnswer(side, 'a is not here', 0)
    const taken = [listener('a', d, changed), listener('b', b, {}, 'other'), listener('c', b)]
    await update(side, taken, 'an address that is taken')
    await noteAnswer(side, 'c stays', 2)
    // A connection manager without a stat_prefix is found out when the listener is made.
    const inside = [listener('a', d, changed), listener('b', b, {}, 'newer'), listener('', c, { name: 'c' }, 'wrong')]
    await update(side, inside, 'one that is wrong inside')
    await noteAnswer(side, 'b is newer', 1)
    await noteAnswer(side, 'c stays as it is', 2)
    const twice = [listener('a', d, changed), listener('a', a), listener('b', b, {}, 'other'), listener('c', c)]
    await update(side, twice, 'a name twice')
    const reuse = [listener('a', d, { ...changed, enable_reuse_port: false }), listener('b', b, {}, 'other')]
    await update(side, reuse, 'another enable_reuse_port')
    await noteAnswer(side, 'a stays', 3)
    await noteAnswer(side, 'c is gone', 2)
    await update(side, [listener('static', a), listener('b', b, {}, 'other')], 'the name of a static one')
    await noteAnswer(side, 'nobody is there', 0)
    await Bun.sleep(1200)
    await update(side, [], 'nothing')
    await noteAnswer(side, 'b is gone', 1)
    await Bun.sleep(1200)
    await update(side, [listener('b', b, {}, 'again')], 'again')
    await noteAnswer(side, 'b is back', 1)
  },
})

/** Transparent sockets need CAP_NET_ADMIN. */
function mayBeTransparent(): boolean {
  const option = { level: 0, name: 19, value: 1, state: 'STATE_PREBIND', family: 4 } as const
  const socket = bindListenSocket(parseIpAddress('127.0.0.1', 0), { options: [option], reusePort: false })
  if (socket.ok) closeListenSocket(socket.fd)
  return socket.ok
}

const handOver = 'hand-over to listeners that come and go, filters that chains ask for'
if (mayBeTransparent()) {
  differential(handOver, {
    flags: ['--drain-time-s', '1', '--parent-shutdown-time-s', '2'],
    prepare: (folder) => {
      mkdirSync(folder, { recursive: true })
      write(folder, [], '0')
    },
    bootstrap: () => ({ node: NODE, dynamic_resources: { lds_config: fileSource('lds.json') } }),
    traffic: async (side) => {
      const a = portOf(side, 0)
      const at = (ip: string): object => ({ address: { socket_address: { address: ip, port_value: a } } })
      const front = listener('front', a, { ...at('0.0.0.0'), transparent: true, use_original_dst: true })
      const inner = (fields: object, body = 'inner'): object =>
        listener('inner', a, { ...at('127.0.0.2'), bind_to_port: false, ...fields }, body)
      const both = async (name: string, first = ''): Promise<void> => {
        await noteAnswer(side, `${name}, front`, 0)
        await noteAnswer(side, `${name}, inner`, 0, '127.0.0.2', first)
      }
      await update(side, [front], 'front alone')
      await both('alone')
      await update(side, [front, inner({})], 'inner comes')
      await both('two')
      await update(side, [front, inner({}, 'in place')], 'in place')
      await both('in place')
      await update(side, [front, inner({ per_connection_buffer_limit_bytes: 4096 }, 'in full')], 'in full')
      await both('in full')
      const chains = (inner({}) as { readonly filter_chains: readonly object[] }).filter_chains
      const withProxy = inner({ filter_chains: [{ ...chains[0], use_proxy_proto: true }] })
      await update(side, [front, withProxy], 'use_proxy_proto')
      await both('header', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n')
      await noteAnswer(side, 'no header', 0, '127.0.0.2')
      await update(side, [front], 'inner goes')
      await both('gone')
    },
  })
} else test.skip(`${handOver} (sockets cannot be transparent here)`, () => {})
