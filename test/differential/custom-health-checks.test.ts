/* Health checks that are extensions: what is sent, which answers are well, what is logged and counted. A host for each case and side. */
import { afterAll } from 'bun:test'
import type { CheckScript, ScriptedHost } from '../support/check-script.ts'
import { scriptedHost } from '../support/check-script.ts'
import {
  compactMessage,
  framed,
  int32,
  laxMessage,
  thriftMessage,
  withThriftHeader,
} from '../support/thrift-messages.ts'
import { differential, envoyPath } from './support/differential.ts'
import type { Side } from './support/side.ts'

const FILE_SINK = 'type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'
const EXTENSIONS = 'type.googleapis.com/envoy.extensions'

interface Case extends CheckScript {
  readonly check: object
  readonly more?: object
  readonly cluster?: object
  readonly endpoint?: object
  /** Nobody listens there. */
  readonly dead?: true
}

const check = (type: string, settings: object): object => ({
  custom_health_check: { name: 'x', typed_config: { '@type': `${EXTENSIONS}.health_checkers.${type}`, ...settings } },
})
const redis = (key = ''): object => check('redis.v3.Redis', key === '' ? {} : { key })
const thrift = (more: object = {}): object =>
  check('thrift.v3.Thrift', { method_name: 'ping', transport: 'FRAMED', protocol: 'BINARY', ...more })
const udp = (send: string, receive: string): object =>
  check('udp.v3.UdpHealthCheck', { send: hex(send), receive: { binary: Buffer.from(receive).toString('base64') } })
const hex = (text: string): object => ({ text: Buffer.from(text).toString('hex') })

const ping = (...says: readonly string[]): Case => ({ check: redis(), says })
// All of one key, as Envoy asks for that of the first check of the process.
const exists = (...says: readonly string[]): Case => ({ check: redis('down'), says })
const login = (options: object): object => ({
  typed_extension_protocol_options: {
    'envoy.filters.network.redis_proxy': {
      '@type': `${EXTENSIONS}.filters.network.redis_proxy.v3.RedisProtocolOptions`,
      ...options,
    },
  },
})
const SHORT = { timeout: '0.3s' }
const ANEW = { reuse_connection: false }

const PONG = '+PONG\r\n'

const REDIS: Readonly<Record<string, Case>> = {
  pong: ping(PONG),
  'pong-anew': { ...ping(PONG), more: ANEW },
  'pong-in-pieces': ping('+P', 'ONG', '\r', '\n'),
  'pong-twice': ping(PONG + PONG),
  'pong-as-bulk': ping('$4\r\nPONG\r\n'),
  'pong-small': ping('+pong\r\n'),
  'pong-in-array': ping(`*1\r\n${PONG}`),
  'pong-behind-push': ping(`>2\r\n+a\r\n+b\r\n${PONG}`),
  'pong-behind-attribute': ping(`|1\r\n+a\r\n+b\r\n${PONG}`),
  'pong-and-end': ping(PONG, 'END'),
  'pong-and-garbage': ping(`${PONG}\x01`),
  'greets-first': { ...ping(PONG), greets: '+HELLO\r\n' },
  error: ping('-ERR x\r\n'),
  'error-anew': { ...ping('-ERR x\r\n'), more: ANEW },
  moved: ping('-MOVED 12 1.2.3.4:5\r\n'),
  'moved-anew': { ...ping('-MOVED 12 1.2.3.4:5\r\n'), more: ANEW },
  'moved-as-blob': ping('!9\r\nMOVED 1 2\r\n'),
  'moved-and-more': ping('-MOVED 1 2 3\r\n'),
  ask: ping('-ASK  1  2 \r\n'),
  'cluster-down': ping('-CLUSTERDOWN x\r\n'),
  'cluster-down-anew': { ...ping('-CLUSTERDOWN x\r\n'), more: ANEW },
  http: ping('HTTP/1.1 400 Bad Request\r\n\r\n'),
  garbage: ping('@\r\n'),
  'no-number': ping(':x\r\n'),
  'quotes-open': ping('"a\r\n'),
  hangs: { ...ping(), more: SHORT },
  'half-hangs': { ...ping('+PO'), more: SHORT },
  'line-feed-alone': { ...ping('+PONG\n'), more: SHORT },
  'ends-at-once': ping('END'),
  'ends-halfway': ping('+PO', 'END'),
  resets: ping('RESET'),
  dead: { ...ping(), dead: true },
  // Nobody is there: it is the host's own port that is asked.
  'own-port-for-checks': { ...ping(PONG), endpoint: { health_check_config: { port_value: 1 } } },
  'as-traffic': { ...ping(PONG), more: { no_traffic_interval: '60s' } },
  named: { ...exists(':3\r\n'), more: { name: 'own' } },
  'key-missing': exists(':0\r\n'),
  'key-there': exists(':1\r\n'),
  'key-null': exists('$-1\r\n'),
  'key-moved': exists('-MOVED 1 2\r\n'),
  'key-down': exists('-CLUSTERDOWN\r\n'),
  password: { ...ping(`+OK\r\n${PONG}`), more: ANEW, cluster: login({ auth_password: { inline_string: 'secret' } }) },
  user: {
    ...ping(`+OK\r\n${PONG}`),
    more: ANEW,
    cluster: login({ auth_username: { inline_string: 'joe' }, auth_password: { inline_bytes: 'AP8=' } }),
  },
  'user-alone': { ...ping(`-NO\r\n${PONG}`), more: ANEW, cluster: login({ auth_username: { inline_string: 'joe' } }) },
  'password-unanswered': { ...ping('+OK\r\n', 'END'), cluster: login({ auth_password: { inline_string: 'x' } }) },
  'options-empty': { ...ping(PONG), cluster: login({}) },
}

const OK = framed(thriftMessage(2))
const called = (...says: readonly string[]): Case => ({ check: thrift(), says })

const THRIFT: Readonly<Record<string, Case>> = {
  binary: called(OK),
  lax: { check: thrift({ protocol: 'LAX_BINARY' }), says: [framed(laxMessage(2))] },
  compact: { check: thrift({ protocol: 'COMPACT' }), says: [framed(compactMessage(2))] },
  header: { check: thrift({ transport: 'HEADER' }), says: [withThriftHeader(0, thriftMessage(2))] },
  'header-compact': {
    check: thrift({ transport: 'HEADER', protocol: 'COMPACT' }),
    says: [withThriftHeader(2, compactMessage(2), '\x01\x01\x01a\x01b')],
  },
  'unframed-hangs': { check: thrift({ transport: 'UNFRAMED' }), more: SHORT },
  'unframed-compact-hangs': { check: thrift({ transport: 'UNFRAMED', protocol: 'COMPACT' }), more: SHORT },
  anew: { ...called(OK), more: ANEW },
  result: called(framed(thriftMessage(2, '\x08\0\0\0\0\0\x07\0'))),
  thrown: called(framed(thriftMessage(2, '\x0c\0\x01\0\0'))),
  exception: called(framed(thriftMessage(3, '\x0b\0\x01\0\0\0\x03bad\0'))),
  'compact-thrown': {
    check: thrift({ protocol: 'COMPACT' }),
    says: [framed(compactMessage(2, '\x1c\0\0'))],
  },
  'compact-result': {
    check: thrift({ protocol: 'COMPACT' }),
    says: [framed(compactMessage(2, '\x05\0\x07\0'))],
  },
  call: called(framed(thriftMessage(1))),
  oneway: called(framed(thriftMessage(4))),
  'another-name': called(framed(thriftMessage(2, '\0', 'pong', 7))),
  'in-pieces': called(...Array.from(OK)),
  twice: called(OK + OK),
  'frame-too-small': { ...called(int32(5) + thriftMessage(2)), more: SHORT },
  'strict-for-lax': { check: thrift({ protocol: 'LAX_BINARY' }), says: [OK], more: SHORT },
  'thrift-hangs': { ...called(), more: SHORT },
  'thrift-half-hangs': { ...called(OK.slice(0, 9)), more: SHORT },
  'thrift-ends': called('END'),
  'thrift-ends-after': called(OK, 'END'),
  'thrift-ends-halfway': called(OK.slice(0, 9), 'END'),
  'thrift-resets': called('RESET'),
  'thrift-dead': { ...called(), dead: true },
}

const datagram = (...says: readonly string[]): Case => ({ udp: true, check: udp('ping', 'pong'), says })

const UDP: Readonly<Record<string, Case>> = {
  datagram: datagram('pong'),
  'datagram-twice': datagram('pong', 'pong'),
  'datagram-after-others': datagram('pon', 'pongs', 'pong'),
  'datagram-short': { ...datagram('pon'), more: SHORT },
  'datagram-long': { ...datagram('pongs'), more: SHORT },
  'datagram-none': { ...datagram(), more: SHORT },
  'datagram-empty': { udp: true, check: udp('ping', ''), says: [''] },
  'datagram-dead': { ...datagram(), dead: true },
  'datagram-from': {
    ...datagram('pong'),
    cluster: { upstream_bind_config: { source_address: { address: '127.0.0.2', port_value: 0 } } },
  },
}

const cluster = (name: string, port: number, { check: checked, more, cluster: settings, endpoint }: Case): object => ({
  name,
  connect_timeout: '1s',
  ...settings,
  health_checks: [
    {
      timeout: '5s',
      interval: '0.2s',
      no_traffic_interval: '0.2s',
      unhealthy_threshold: 2,
      healthy_threshold: 1,
      always_log_health_check_failures: true,
      event_logger: [{ name: 'file', typed_config: { '@type': FILE_SINK, event_log_path: `{folder}/${name}.log` } }],
      ...checked,
      ...more,
    },
  ],
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [
          { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } }, ...endpoint } },
        ],
      },
    ],
  },
})

type Hosts = ReadonlyMap<string, ScriptedHost>

const started: Hosts[] = []

afterAll(() => {
  for (const hosts of started) for (const host of hosts.values()) host.close()
})

async function startHosts(cases: Readonly<Record<string, Case>>): Promise<Hosts> {
  const hosts = new Map<string, ScriptedHost>()
  for (const [name, one] of Object.entries(cases)) hosts.set(name, await scriptedHost(one))
  started.push(hosts)
  return hosts
}

/** What is sent again and again, once; the last connection may not have got that far. */
function rounds(received: readonly string[]): readonly string[] {
  const sent = received.filter((text) => text !== '')
  return [...new Set(sent.map((text) => text.slice(0, (text + text).indexOf(text, 1))))]
}

/** Counts depend on how often there was time to ask. */
const counted = (value: string): unknown => (/^\d+$/.test(value) ? Number(value) > 0 : value)

const SHOWN = /health_check|upstream_(?:cx|rq|commands)|membership/
const GAUGES = /\.(?:healthy|degraded|membership_\w+)$/

/** What was told of it, each once, without times and ports. */
const events = (lines: readonly string[]): readonly unknown[] =>
  [...new Set(lines.map((line) => line.replaceAll(/"timestamp":"[^"]*"|"port_value":\d+/g, '')))].sort()

async function noteCase(side: Side, name: string, one: Case, host: ScriptedHost): Promise<void> {
  const { received } = host
  side.note(`${name}: sent`, rounds(received))
  side.note(`${name}: connections`, one.udp === true || received.length > 1 ? 'several' : received.length)
  side.note(`${name}: events`, events(await side.logLines(`${name}.log`, 1)))
}

function noteStats(side: Side, all: Readonly<Record<string, string>>, names: readonly string[]): void {
  for (const name of names) {
    const own = Object.entries(all).filter(([stat]) => stat.startsWith(`cluster.${name}.`))
    // What is under way just now says nothing.
    const settled = own.filter(([stat]) => SHOWN.test(stat) && !stat.endsWith('_active'))
    side.note(
      `${name}: stats`,
      Object.fromEntries(settled.map(([stat, value]) => [stat, GAUGES.test(stat) ? value : counted(value)])),
    )
  }
}

async function compareCases(title: string, cases: Readonly<Record<string, Case>>): Promise<void> {
  // Nobody looks at them.
  const all = envoyPath === undefined ? [] : [await startHosts(cases), await startHosts(cases)]
  const waiting = [...all]
  const first = Object.keys(cases)[0]!
  const portOf = (hosts: Hosts, name: string): number => (cases[name]!.dead === true ? 1 : hosts.get(name)!.port)
  differential(title, {
    bootstrap: () => {
      const hosts = waiting.shift()!
      return {
        node: { id: String(hosts.get(first)!.port) },
        static_resources: {
          clusters: Object.entries(cases).map(([name, one]) => cluster(name, portOf(hosts, name), one)),
        },
      }
    },
    traffic: async (side) => {
      const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
      const hosts = all.find((some) => String(some.get(first)!.port) === info.node.id)!
      await Bun.sleep(2000)
      const stats = await side.stats()
      await side.noteAdmin('/clusters', (text) =>
        text
          .split('\n')
          .filter((line) => line.includes('health_flags'))
          .map((line) => line.replace(/127\.0\.0\.1:\d+|127\.0\.0\.1:\{[^}]*\}/, ''))
          .sort(),
      )
      noteStats(side, stats, Object.keys(cases))
      for (const [name, one] of Object.entries(cases)) await noteCase(side, name, one, hosts.get(name)!)
    },
  })
}

await compareCases('health checks of Redis servers', REDIS)
await compareCases('health checks of Thrift servers', THRIFT)
await compareCases('health checks by datagrams', UDP)
