/* Health checks that are extensions, of real hosts, from the configuration to what the admin server shows. */
import { expect, test } from 'bun:test'
import type { CheckScript } from '../support/check-script.ts'
import { scriptedHost } from '../support/check-script.ts'
import { framed, thriftMessage } from '../support/thrift-messages.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const PREFIX = 'type.googleapis.com/envoy.extensions.health_checkers'

interface Kind {
  readonly check: object
  readonly asked: string
  readonly well: CheckScript
  readonly ill: CheckScript
}

const KINDS: Readonly<Record<string, Kind>> = {
  redis: {
    check: { '@type': `${PREFIX}.redis.v3.Redis`, key: 'down' },
    asked: '*2\r\n$6\r\nEXISTS\r\n$4\r\ndown\r\n',
    well: { says: [':0\r\n'] },
    ill: { says: [':1\r\n'] },
  },
  thrift: {
    check: { '@type': `${PREFIX}.thrift.v3.Thrift`, method_name: 'ping', transport: 'FRAMED', protocol: 'BINARY' },
    asked: '\0\0\0\x12\x80\x01\0\x01\0\0\0\x04ping\0\0\0\0\0\0',
    well: { says: [framed(thriftMessage(2))] },
    ill: { says: [framed(thriftMessage(3))] },
  },
  udp: {
    check: {
      '@type': `${PREFIX}.udp.v3.UdpHealthCheck`,
      send: { text: '70696e67' },
      receive: { text: '706f6e67' },
    },
    asked: 'ping',
    well: { udp: true, says: ['pong'] },
    ill: { udp: true, says: ['no'] },
  },
}

test.each(Object.keys(KINDS))('%s: one host is well, one is not', async (name) => {
  const { check, asked, well, ill } = KINDS[name]!
  const hosts = [await scriptedHost(well), await scriptedHost(ill)]
  const endpoint = (port: number): object => ({
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  })
  const cluster = {
    name: 'a',
    health_checks: [
      {
        timeout: '0.5s',
        interval: '60s',
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        custom_health_check: { name, typed_config: check },
      },
    ],
    load_assignment: { cluster_name: 'a', endpoints: [{ lb_endpoints: hosts.map(({ port }) => endpoint(port)) }] },
  }
  try {
    // Ready once each host was asked.
    await using proxy = await startWholeProxy({ clusters: [cluster] })
    expect(await proxy.stat('cluster.a.membership_healthy')).toBe(1)
    const lines = (await proxy.admin('/clusters')).split('\n').filter((line) => line.includes('health_flags'))
    expect(lines.find((line) => line.includes(`:${hosts[0]!.port}::`))).toEndWith('::healthy')
    expect(lines.find((line) => line.includes(`:${hosts[1]!.port}::`))).toContain('::/failed_active_hc')
    for (const { received } of hosts) expect(received[0]).toBe(asked)
  } finally {
    for (const host of hosts) host.close()
  }
})
