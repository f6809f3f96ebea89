import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UnknownFields } from '../api/config.ts'
import type { Logger } from '../api/log.ts'
import type { DiscoveredResource, ResourceSink, Subscription } from '../api/subscription.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { StatsStore } from '../stats/stats-store.ts'
import { ProdSubscriptionFactory } from './subscription-factory.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

let folder = ''
let dispatcher = new LiveDispatcher('test')
let open: Subscription[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuncio-xds-'))
  dispatcher = new LiveDispatcher('test')
})

afterEach(() => {
  for (const subscription of open) subscription.close()
  open = []
  dispatcher.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Remembers what came, and refuses what the test wants refused. */
class Sink implements ResourceSink {
  readonly updates: string[] = []
  failures = 0
  refusal: string | undefined = undefined
  #wake: () => void = () => undefined

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const said = resources.map(({ name, problem }) => (problem === undefined ? name : `${name} (${problem})`))
    this.updates.push(`${version}: ${said.join()}`)
    this.#wake()
    return this.refusal
  }

  onConfigUpdateFailed(): void {
    this.failures++
    this.#wake()
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

function subscriber(unknownFields: UnknownFields = 'warn', nodeId = 'id', skipDeprecatedLogs = false) {
  const stats = new StatsStore()
  const lines: string[] = []
  const line = (_source: string, message: string): void => void lines.push(message)
  const logger = { debug: () => undefined, info: line, warning: line } as unknown as Logger
  const unknownFieldCounter = stats.root.counter('unknown')
  const deprecated: number[] = []
  const localInfo = { nodeId, clusterName: 'cluster' } as never
  const factory = new ProdSubscriptionFactory({
    dispatcher,
    logger,
    unknownFields,
    unknownFieldCounter,
    workInProgressCounter: stats.root.counter('wip'),
    countDeprecatedUses: (uses) => deprecated.push(uses),
    skipDeprecatedLogs,
    localInfo,
  })
  const sink = new Sink()
  const subscribe = (file: string, watchedDirectory?: string): string | undefined => {
    const created = factory.create(
      { kind: 'path', path: file, watchedDirectory },
      CLUSTER,
      stats.root.scope('xds'),
      sink,
    )
    if (!created.ok) return created.message
    open.push(created.subscription)
    created.subscription.start()
    return undefined
  }
  const count = (name: string): number => stats.root.counter(`xds.${name}`).value
  return { sink, subscribe, count, lines, unknown: () => unknownFieldCounter.value, deprecated, stats }
}

function moveIn(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
  return path
}

const response = (version: string, ...resources: object[]): string =>
  JSON.stringify({
    version_info: version,
    resources: resources.map((resource) => ({ '@type': `type.googleapis.com/${CLUSTER}`, ...resource })),
  })

describe('a subscription to a file', () => {
  test('reads at once, and again when another file is moved over it', async () => {
    const { sink, subscribe, count, stats } = subscriber()
    expect(subscribe(moveIn('c.json', response('1', { name: 'a' })))).toBeUndefined()
    expect(sink.updates).toEqual(['1: a'])
    moveIn('c.json', response('2', { name: 'a' }, { name: 'b' }))
    await sink.next()
    expect(sink.updates).toEqual(['1: a', '2: a,b'])
    expect([count('update_attempt'), count('update_success'), count('update_rejected')]).toEqual([2, 2, 0])
    expect(stats.texts.get('xds.version_text')?.text).toBe('2')
    expect(stats.root.gauge('xds.update_time').value).toBeGreaterThan(0)
  })

  test('tells of deprecated fields unless it is not to', () => {
    const path = moveIn('c.json', response('1', { name: 'a', max_requests_per_connection: 1 }))
    for (const [skip, told] of [[false, 1] as const, [true, 0] as const]) {
      const { sink, subscribe, lines } = subscriber('warn', 'id', skip)
      subscribe(path)
      expect([sink.updates, lines.filter((line) => line.includes('Deprecated field')).length]).toEqual([['1: a'], told])
    }
  })

  test('counts deprecated fields with each reading', async () => {
    const { sink, subscribe, deprecated } = subscriber()
    const a = { name: 'a', max_requests_per_connection: 1 }
    subscribe(moveIn('c.json', response('1', a)))
    moveIn('c.json', response('2', a, { ...a, name: 'b' }, { name: 'c' }))
    await sink.next()
    expect(deprecated).toEqual([1, 2])
  })

  test('one that is wrong inside of an Any does not keep the others away, one that is wrong itself does', async () => {
    const { sink, subscribe, count } = subscriber()
    const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
    const wrong = { typed_extension_protocol_options: { [type]: { '@type': `type.googleapis.com/${type}` } } }
    subscribe(moveIn('c.json', response('1', { name: 'a' }, { name: 'b', ...wrong })))
    expect(sink.updates).toEqual([expect.stringMatching(/^1: a,b \(.*c\.json:1:\d+: HttpProtocolOptions needs .*\)$/)])
    moveIn('c.json', response('2', { name: 'a' }, { name: 'b', connect_timeout: '0s' }))
    await sink.next()
    expect([sink.updates.length, sink.failures, count('update_rejected')]).toEqual([1, 1, 1])
  })

  test('does not see what is written in place', async () => {
    const { sink, subscribe } = subscriber()
    const path = moveIn('c.json', response('1'))
    subscribe(path)
    writeFileSync(path, response('2'))
    moveIn('other.json', '')
    await Bun.sleep(30)
    expect(sink.updates).toEqual(['1: '])
    moveIn('c.json', response('3'))
    await sink.next()
    expect(sink.updates).toEqual(['1: ', '3: '])
  })

  test('in a watched directory a swapped link counts', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(folder, `data${version}`))
      writeFileSync(join(folder, `data${version}`, 'c.json'), response(version))
    }
    symlinkSync('data1', join(folder, 'data'))
    const { sink, subscribe } = subscriber()
    subscribe(join(folder, 'data/c.json'), folder)
    symlinkSync('data2', join(folder, 'swap'))
    renameSync(join(folder, 'swap'), join(folder, 'data'))
    await sink.next()
    expect(sink.updates).toEqual(['1: ', '2: '])
  })

  test('counts apart what cannot be read, what is wrong, and what the taker refuses', () => {
    const unreadable = subscriber()
    unreadable.subscribe(moveIn('a.yaml', 'resources: ['))
    expect(unreadable.count('update_failure')).toBe(1)
    expect(unreadable.lines[0]).toStartWith(`Filesystem config update failure: in ${folder}/a.yaml, `)

    const wrong = subscriber()
    wrong.subscribe(moveIn('b.json', response('1', { name: 'a', connect_timeout: '-1s' })))
    expect([wrong.count('update_rejected'), wrong.sink.failures]).toEqual([1, 1])
    expect(wrong.sink.updates).toEqual([])

    const refused = subscriber()
    refused.sink.refusal = 'because'
    refused.subscribe(moveIn('c.json', response('1', { name: 'a' })))
    expect([refused.count('update_rejected'), refused.count('update_success')]).toEqual([1, 0])
    expect(refused.lines).toEqual(['Filesystem config update rejected: because'])
  })

  test('takes no other type, and looks into a Resource', () => {
    const other = subscriber()
    const listener = { '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener', name: 'l' }
    other.subscribe(moveIn('a.json', JSON.stringify({ resources: [listener] })))
    expect(other.lines[0]).toStartWith(`Filesystem config update rejected: Unable to unpack as ${CLUSTER}`)

    const wrapped = subscriber()
    const resource = { '@type': `type.googleapis.com/${CLUSTER}`, name: 'inside' }
    const outer = { '@type': 'type.googleapis.com/envoy.service.discovery.v3.Resource', name: 'outside', resource }
    wrapped.subscribe(moveIn('b.json', JSON.stringify({ version_info: '7', resources: [outer] })))
    expect(wrapped.sink.updates).toEqual(['7: inside'])
  })

  test.each([
    ['warn', 1, 1, 0],
    ['ignore', 1, 0, 0],
    ['error', 0, 1, 1],
  ] as const)('unknown fields: %s', (policy, successes, lines, failures) => {
    const { subscribe, count, lines: said } = subscriber(policy)
    subscribe(moveIn('c.json', response('1', { name: 'a', nonsense: 1 })))
    expect([count('update_success'), said.length, count('update_failure')]).toEqual([successes, lines, failures])
  })

  test('says in Envoy’s words what is missing', () => {
    expect(subscriber().subscribe(join(folder, 'nope'))).toBe(
      `paths must refer to an existing path in the system: '${folder}/nope' does not exist`,
    )
    const path = moveIn('c.json', response('1'))
    expect(subscriber().subscribe(path, join(folder, 'nodir'))).toBe(
      `unable to add filesystem watch for file ${folder}/nodir/: No such file or directory`,
    )
    expect(subscriber('warn', '').subscribe(path)).toStartWith(
      `type.googleapis.com/${CLUSTER}: node 'id' and 'cluster' are required`,
    )
  })
})
