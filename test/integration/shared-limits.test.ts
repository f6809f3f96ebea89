/* Limits that all workers keep together. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, fileSource, named, NODE, writeResources } from '../support/dynamic-files.ts'
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

test('two workers log together what the token bucket of the process holds', async () => {
  const filter = {
    name: 'f',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter',
      dynamic_config: { resource_name: 'b', config_source: fileSource('bucket.json') },
    },
  }
  const log = {
    name: 'l',
    filter: { extension_filter: filter },
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: '{folder}/access.log',
      log_format: { text_format_source: { inline_string: 'x\n' } },
    },
  }
  const fronts = ['one', 'two'].map((name) =>
    httpListener(name, { routes: [direct('/', 'ok')], extra: { access_log: [log] } }),
  )
  const write = (folder: string, version: string, max_tokens: number): void =>
    writeResources(
      folder,
      'bucket.json',
      'named',
      [named('envoy.type.v3.TokenBucket', 'b', { max_tokens, fill_interval: '1000s' })],
      version,
    )
  await using proxy = await startWholeProxy(
    { listeners: fronts },
    {
      flags: ['--concurrency', '2', '--file-flush-interval-msec', '20'],
      bootstrap: { node: NODE },
      prepare: (folder) => write(folder, '1', 20),
    },
  )
  const ask = async (name: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${proxy.port(name)}/`, { headers: { connection: 'close' } })).text()
  const askMany = async (): Promise<void> => {
    for (let i = 0; i < 15; i++) await Promise.all([ask('one'), ask('two'), ask('one'), ask('two')])
  }
  const lines = (): number => readFileSync(join(proxy.folder, 'access.log'), 'utf8').length / 2
  await askMany()
  await eventually('sixty records', async () => (await proxy.stat('access_log.process_ratelimit.denied')) === 40)
  await eventually('their lines', async () => lines() === 20)
  write(proxy.folder, '2', 7)
  await eventually('the update', async () => (await proxy.stat('local_ratelimit_discovery.update_success')) === 2)
  await askMany()
  await eventually('sixty more', async () => (await proxy.stat('access_log.process_ratelimit.denied')) === 93)
  await eventually('seven lines more', async () => lines() === 27)
}, 60_000)
