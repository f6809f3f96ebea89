/* Several workers: connections spread, statistics add up, trouble on one touches no other. */
import { expect, test } from 'bun:test'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { echoServer, rawClient, rawServer } from '../support/raw-client.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

test('workers: connections spread over all of them and their statistics add up', async () => {
  const listener = httpListener('front', { routes: [direct('/', 'hi')] })
  await using proxy = await startWholeProxy({ listeners: [listener] }, { flags: ['--concurrency', '4'] })
  const count = 60
  for (let n = 0; n < count; n++) {
    using client = await rawClient(proxy.port('front'))
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.until('hi')
  }
  expect(await proxy.stat('http.ingress.downstream_rq_total')).toBe(count)
  expect(await proxy.stat('http.ingress.downstream_rq_2xx')).toBe(count)
  const stats = await proxy.admin('/stats?filter=worker_.*downstream_cx_total')
  const perWorker = [...stats.matchAll(/worker_\d\.downstream_cx_total: (\d+)/g)].map(([, n]) => Number(n))
  expect(perWorker).toHaveLength(4)
  expect(perWorker.reduce((sum, n) => sum + n, 0)).toBe(count)
  expect(perWorker.filter((n) => n > 0).length).toBeGreaterThanOrEqual(3)
})

test('workers: how many connections a turn of the loop brought is counted for each listener', async () => {
  const listener = httpListener('front', { routes: [direct('/', 'hi')] })
  const options = { flags: ['--concurrency', '2'], bootstrap: { stats_flush_on_admin: true } }
  await using proxy = await startWholeProxy({ listeners: [listener] }, options)
  for (let n = 0; n < 3; n++) {
    using client = await rawClient(proxy.port('front'))
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.until('hi')
  }
  // Asked for twice: a histogram shows what the flush before has gathered.
  await proxy.admin('/stats')
  const text = await proxy.admin('/stats?filter=0.connections_accepted_per_socket_event')
  // One after the other: one a turn, three times.
  expect(text).toMatch(/connections_accepted_per_socket_event: P0\(\S+,1\.0\d*\) .* P100\(\S+,1\.[01]\d*\)/)
})

test('workers: clients and upstreams that die take nobody else with them', async () => {
  await using good = await echoServer()
  await using bad = await rawServer((socket) => void socket.resetAndDestroy())
  const resources = {
    listeners: [httpListener('front', { routes: [routeTo('bad', '/bad'), routeTo('good')] })],
    clusters: [staticCluster('good', [good.port]), staticCluster('bad', [bad.port])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '2'] })
  const clients = await Promise.all(Array.from({ length: 8 }, async () => rawClient(proxy.port('front'))))
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      clients.map(async (client, index) => {
        client.write(`GET /${index}/${round} HTTP/1.1\r\nHost: a\r\n\r\n`)
        await client.until(`GET /${index}/${round} HTTP/1.1`)
      }),
    )
    using dying = await rawClient(proxy.port('front'))
    dying.write('GET /half HTTP/1.1\r\nHo')
    dying.destroy()
    using unlucky = await rawClient(proxy.port('front'))
    unlucky.write('GET /bad HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await unlucky.until('connection termination')).toStartWith('HTTP/1.1 503 Service Unavailable')
  }
  for (const client of clients) client.destroy()
  expect(await proxy.end()).toBe(0)
})
