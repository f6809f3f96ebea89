/* Limits that all workers keep together. */
import { expect, test } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const RATE_LIMIT = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'
const ALWAYS = { default_value: { numerator: 100 } }

test('two workers let through together what the bucket holds', async () => {
  const filter = {
    name: 'envoy.filters.http.local_ratelimit',
    typed_config: {
      '@type': RATE_LIMIT,
      stat_prefix: 'rl',
      token_bucket: { max_tokens: 20, fill_interval: '1000s' },
      filter_enabled: ALWAYS,
      filter_enforced: ALWAYS,
    },
  }
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  }
  const route = { match: { prefix: '/' }, direct_response: { status: 200 } }
  const front = httpListener('front', {
    extra: {
      http_filters: [filter, router],
      route_config: { name: 'r', virtual_hosts: [{ name: 'v', domains: ['*'], routes: [route] }] },
    },
  })
  await using proxy = await startWholeProxy({ listeners: [front] }, { flags: ['--concurrency', '2'] })
  const url = `http://127.0.0.1:${proxy.port('front')}/`
  // A connection for each request: the system gives them to both workers.
  const ask = async (): Promise<number> => (await fetch(url, { headers: { connection: 'close' } })).status
  const codes: number[] = []
  for (let i = 0; i < 15; i++) codes.push(...(await Promise.all([ask(), ask(), ask(), ask()])))
  expect(codes.filter((code) => code === 200).length).toBe(20)
  expect(codes.filter((code) => code === 429).length).toBe(40)
  const perWorker = await Promise.all(
    [0, 1].map((worker) => proxy.admin(`/stats?filter=worker_${worker}.downstream_cx_total`)),
  )
  for (const text of perWorker) expect(Number(text.trim().split(': ')[1])).toBeGreaterThan(0)
}, 60_000)
