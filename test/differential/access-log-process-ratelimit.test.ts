/* A token bucket of the whole process in front of access logs. */
import { mkdirSync } from 'node:fs'
import { direct, httpListener } from '../support/configs.ts'
import { freePorts } from '../support/proxy-process.ts'
import { eventually, fileSource, named, NODE, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const FILTER = 'type.googleapis.com/envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter'
const TOKEN_BUCKET = 'envoy.type.v3.TokenBucket'

const limited = (log: object, bucket: string) => ({
  ...log,
  filter: {
    extension_filter: {
      name: 'any',
      typed_config: {
        '@type': FILTER,
        dynamic_config: { resource_name: bucket, config_source: fileSource(`${bucket}.json`) },
      },
    },
  },
})
const log = (file: string) => fileLog(file, textFormat('%REQ(x-n)%'))
const listener = (name: string, ...logs: readonly object[]) =>
  httpListener(name, { statPrefix: name, routes: [direct('/', 'ok')], extra: { access_log: logs } })

/** Files of resources know nothing of the folder. */
const inFolder = (resource: object, folder: string): object =>
  JSON.parse(JSON.stringify(resource).replaceAll('{folder}', folder)) as object

const write = (folder: string, bucket: string, version: string, ...buckets: readonly object[]): void =>
  writeResources(
    folder,
    `${bucket}.json`,
    'named',
    buckets.map((fields) => named(TOKEN_BUCKET, bucket, fields)),
    version,
  )

const ATTEMPTS = 'local_ratelimit_discovery.update_attempt'

async function update(side: Side, bucket: string, version: string, ...buckets: readonly object[]): Promise<void> {
  const before = (await side.proxy.stat(ATTEMPTS)) ?? 0
  write(side.proxy.folder, bucket, version, ...buckets)
  await eventually(`${bucket} ${version}`, async () => ((await side.proxy.stat(ATTEMPTS)) ?? 0) > before)
  await Bun.sleep(150)
}

differential('a token bucket of the process in front of access logs', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, 'few', '1', { max_tokens: 5, fill_interval: '1000s' })
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        listener('one', limited(log('one.log'), 'few'), log('all.log')),
        listener('two', limited(log('two.log'), 'few'), limited(log('twice.log'), 'few')),
      ],
    },
  }),
  traffic: async (side) => {
    let n = 0
    const ask = async (): Promise<void> => {
      for (const name of ['one', 'two', 'one', 'two', 'one']) {
        await side.request(`${n}`, name, 'GET /', `x-n: ${name} ${n++}`)
      }
    }
    await ask()
    await update(side, 'few', '2', { max_tokens: 5, fill_interval: '1000s' })
    await ask()
    await update(side, 'few', '3', { max_tokens: 3, tokens_per_fill: 7, fill_interval: '1000s' })
    await ask()
    await update(side, 'few', '4', { max_tokens: 9, fill_interval: '0.02s' })
    await update(side, 'few', '5', { max_tokens: 9 })
    await update(side, 'few', '6', { max_tokens: 5, fill_interval: '1000s' })
    await ask()
    await update(side, 'few', '7', { max_tokens: 0, fill_interval: '1000s' })
    await ask()
    await side.noteLog('all.log', 15)
    await side.noteLog('one.log', 9)
    await side.noteLog('two.log', 5)
    await side.noteLog('twice.log', 4)
  },
  stats: /process_ratelimit|local_ratelimit/,
  volatile: /update_time|\.version$|update_duration/,
})

differential('listeners that come later wait for their token bucket, and take its statistics along', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, 'late', '1', { max_tokens: 2 })
    writeResources(folder, 'lds.json', 'listener', [])
  },
  flags: ['--drain-time-s', '1'],
  bootstrap: () => ({ node: NODE, dynamic_resources: { lds_config: fileSource('lds.json') } }),
  traffic: async (side) => {
    const gauge = async (name: string) => side.proxy.stat(`listener_manager.total_listeners_${name}`)
    const limitedListener = inFolder(
      listener('one', limited(log('one.log'), 'late'), log('all.log')),
      side.proxy.folder,
    )
    const [port] = freePorts(1)
    const named = { ...limitedListener, address: { socket_address: { address: '127.0.0.1', port_value: port } } }
    writeResources(side.proxy.folder, 'lds.json', 'listener', [named], '2')
    await eventually('warming', async () => (await gauge('warming')) === 1)
    await eventually('the attempt', async () => (await side.proxy.stat(ATTEMPTS)) === 1)
    await update(side, 'late', '2', { max_tokens: 2, fill_interval: '1000s' })
    await eventually('active', async () => (await gauge('active')) === 1)
    for (let i = 0; i < 4; i++) {
      await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close', 'x-n': `${i}` } })).text()
    }
    await side.noteLog('all.log', 4)
    await side.noteLog('one.log', 2)
    writeResources(side.proxy.folder, 'lds.json', 'listener', [], '3')
    await eventually('the end', async () => (await side.proxy.stat(ATTEMPTS)) === undefined)
  },
  stats: /process_ratelimit|local_ratelimit/,
  volatile: /update_time|\.version$|update_duration/,
})
