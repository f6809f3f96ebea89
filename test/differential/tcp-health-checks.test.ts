/* Health checks over TCP: what is sent on which connections, and what of the answers counts. A host for each case and side. */
import { afterAll } from 'bun:test'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const hex = (text: string): object => ({ text: Buffer.from(text, 'latin1').toString('hex') })
const binary = (text: string): object => ({ binary: Buffer.from(text, 'latin1').toString('base64') })

interface Case {
  readonly check: object
  readonly more?: object
  /** What the host says to each piece that it receives; nothing unless it is given. */
  readonly says?: readonly string[]
  /** Says this before it is asked. */
  readonly greets?: string
}

const receive = [hex('po'), hex('ng')]

const CASES: Readonly<Record<string, Case>> = {
  connect: { check: {} },
  'connect-only-sends-nothing': { check: { send: hex('ping') } },
  'one-connection': { check: { send: hex('ping'), receive }, says: ['pong'] },
  'a-connection-each': { check: { send: hex('ping'), receive }, says: ['pong'], more: { reuse_connection: false } },
  'bytes-in-between': { check: { send: hex('ping'), receive }, says: ['--po--ng--'] },
  'in-pieces': { check: { send: hex('ping'), receive }, says: ['p', 'o', 'n', 'g'] },
  'wrong-order': {
    check: { send: hex('ping'), receive: [hex('ng'), hex('po')] },
    says: ['pong'],
    more: { timeout: '0.3s' },
  },
  'as-base64': { check: { send: hex('pi\0ng'), receive: [binary('p\0ng')] }, says: ['p\0ng'] },
  'greeting-only': { check: { receive: [hex('220')] }, greets: '220 ready\r\n' },
  'closes-at-once': { check: { receive: [hex('220')] }, greets: '' },
  'proxy-1': { check: { proxy_protocol_config: { version: 'V1' }, send: hex('ping'), receive }, says: ['pong'] },
  'proxy-2': { check: { proxy_protocol_config: { version: 'V2' }, send: hex('ping'), receive }, says: ['pong'] },
  'proxy-alone': { check: { proxy_protocol_config: {}, receive }, says: ['pong'] },
  'proxy-connect': { check: { proxy_protocol_config: {} } },
  'proxy-each': {
    check: { proxy_protocol_config: { version: 'V1' }, send: hex('ping'), receive },
    says: ['pong'],
    more: { reuse_connection: false },
  },
}

class Host {
  port = 0
  /** Of each connection. */
  readonly received: string[] = []
  #server: Server | undefined = undefined
  readonly #open = new Set<Socket>()

  async start({ says = [], greets }: Case): Promise<this> {
    this.#server = createServer((socket) => {
      this.#open.add(socket)
      const index = this.received.push('') - 1
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      if (greets === '') socket.destroy()
      else if (greets !== undefined) socket.write(greets)
      socket.on('data', (data) => {
        // By its name in place of the number that it got.
        this.received[index] += data.toString('latin1').replace(` ${socket.remotePort} ${this.port}`, ' FROM TO')
        for (const [turn, piece] of says.entries()) setTimeout(() => socket.write(piece), turn * 5)
      })
    })
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve))
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  close(): void {
    for (const socket of this.#open) socket.destroy()
    this.#server?.close()
  }
}

type Hosts = ReadonlyMap<string, Host>

async function startHosts(): Promise<Hosts> {
  const hosts = new Map<string, Host>()
  for (const [name, one] of Object.entries(CASES)) hosts.set(name, await new Host().start(one))
  return hosts
}

const all: readonly Hosts[] = [await startHosts(), await startHosts()]
const waiting = [...all]

afterAll(() => {
  for (const hosts of all) for (const host of hosts.values()) host.close()
})

const cluster = (name: string, port: number, { check, more }: Case): object => ({
  name,
  connect_timeout: '1s',
  health_checks: [
    {
      timeout: '60s',
      interval: '0.2s',
      no_traffic_interval: '0.2s',
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      tcp_health_check: check,
      ...more,
    },
  ],
  load_assignment: {
    cluster_name: name,
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] },
    ],
  },
})

const hostsOf = async (side: Side): Promise<Hosts> => {
  const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
  return all.find((hosts) => String(hosts.get('connect')!.port) === info.node.id)!
}

/** A piece and how often it came in a row. */
const rounds = (text: string, piece: string): string => {
  const count = piece === '' ? 1 : text.split(piece).length - 1
  return text === piece.repeat(count)
    ? `${JSON.stringify(piece)} ${count > 1 ? 'again and again' : 'once'}`
    : JSON.stringify(text)
}

const pieceOf = (text: string): string =>
  /^(?:.*?ping|PROXY[^\n]*\n|\r\n\r\n\0\r\nQUIT\n[^\r]*|pi\0ng)/s.exec(text)?.[0] ?? text

differential('health checks over TCP: what is sent, and what counts', {
  bootstrap: () => {
    const hosts = waiting.shift()!
    return {
      node: { id: String(hosts.get('connect')!.port) },
      static_resources: {
        clusters: Object.entries(CASES).map(([name, one]) => cluster(name, hosts.get(name)!.port, one)),
      },
    }
  },
  traffic: async (side) => {
    const hosts = await hostsOf(side)
    await Bun.sleep(1500)
    const stats = await side.stats()
    for (const [name, { received }] of hosts) {
      const [first = ''] = received
      side.note(name, {
        connections: received.length > 1 ? 'several' : 'one',
        // The last one may be on its way.
        sent: [
          ...new Set(received.slice(0, Math.max(1, received.length - 1)).map((one) => rounds(one, pieceOf(first)))),
        ],
        healthy: stats[`cluster.${name}.health_check.healthy`],
        failures: Number(stats[`cluster.${name}.health_check.failure`]) > 0,
        network: Number(stats[`cluster.${name}.health_check.network_failure`]) > 0,
      })
    }
  },
})
