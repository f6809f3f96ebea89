import { describe, expect, test } from 'bun:test'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { NetworkFilterFactory, ReadFilter } from '../../../../api/network.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { CountingScope } from '../../../../http/testing/counting-scope.ts'
import { FakeConnection } from '../../../../http/testing/fake-connection.ts'
import { extension } from './extension.ts'

const TYPE = extension.typeNames[0]!

function parse(yaml: string): ReturnType<typeof extension.parse> | string {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) return message.errors.map((error) => error.message).join('\n')
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => extension.parse(reader, {} as never))
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message).join('\n')
}

class Harness {
  readonly scope = new CountingScope()
  readonly dispatcher = new SimulatedDispatcher()
  readonly #factories: readonly NetworkFilterFactory[]

  constructor(yaml: string, runtime?: boolean) {
    const config = parse(yaml)
    if (typeof config === 'string') throw new Error(config)
    const buffer = createSharedStatesBuffer(0, 16)
    const context = {
      scope: this.scope,
      runtime: { current: { boolean: (_key: string, fallback: boolean) => runtime ?? fallback } },
    }
    // Two threads.
    this.#factories = [0, 1].map(() =>
      extension.create(config, { ...context, shared: new ThreadSharedStates(buffer) } as unknown as FactoryContext),
    )
  }

  /** What the filter says to a new connection. */
  connect(thread = 0): { readonly connection: FakeConnection; readonly says: string } {
    const connection = new FakeConnection(this.dispatcher)
    let filter: ReadFilter | undefined
    this.#factories[thread]!({
      connection,
      callbacks: { connection, continueReading: () => undefined },
      addReadFilter: (added) => (filter = added),
      addWriteFilter: () => undefined,
    })
    return { connection, says: filter!.onNewConnection() }
  }

  stat(name: string): number | undefined {
    return this.scope.valueOf(`connection_limit.c.${name}`)
  }
}

describe('connection limit', () => {
  test('threads together have no more connections than the limit', () => {
    const harness = new Harness('{stat_prefix: c, max_connections: 2}')
    const first = harness.connect()
    expect([first.says, harness.connect(1).says]).toEqual(['continue', 'continue'])
    const third = harness.connect()
    expect([third.says, third.connection.state]).toEqual(['stop', 'closed'])
    expect(['limited_connections', 'active_connections'].map((name) => harness.stat(name))).toEqual([1, 2])
    first.connection.peerCloses()
    expect(harness.connect(1).says).toBe('continue')
  })

  test('who is beyond it may be kept waiting', () => {
    const harness = new Harness('{stat_prefix: c, max_connections: 1, delay: 0.5s}')
    harness.connect()
    const { connection, says } = harness.connect()
    expect([says, connection.state]).toEqual(['stop', 'open'])
    expect(harness.stat('active_connections')).toBe(2)
    harness.dispatcher.advance(500)
    expect(connection.state).toBe('closed')
    expect(harness.stat('active_connections')).toBe(1)
  })

  test('the runtime switches it off', () => {
    const yaml = '{stat_prefix: c, max_connections: 1, runtime_enabled: {default_value: true, runtime_key: k}}'
    const harness = new Harness(yaml, false)
    expect([harness.connect().says, harness.connect().says]).toEqual(['continue', 'continue'])
    expect(harness.stat('active_connections')).toBe(0)
  })

  test('needs a limit', () => {
    expect(parse('stat_prefix: c')).toContain('max_connections')
    expect(parse('{stat_prefix: c, max_connections: 0}')).toContain('max_connections')
  })
})
