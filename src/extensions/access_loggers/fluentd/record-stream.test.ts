import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../../../test/support/fake-scope.ts'
import type { ConnectionCallbacks } from '../../../api/network.ts'
import type { ReadableConnection, TcpPoolCallbacks } from '../../../api/upstream.ts'
import { SimulatedDispatcher } from '../../../event/simulated-dispatcher.ts'
import type { RecordStreamDeps, RecordStreamSettings } from './record-stream.ts'
import { RecordStream } from './record-stream.ts'

const RECORD = new Uint8Array([0x80])
/** Of one record with its time. */
const ENTRY_BYTES = 9

function setUp(more: Partial<RecordStreamSettings> = {}, hasHost = true) {
  const dispatcher = new SimulatedDispatcher()
  const { scope, counter } = createTestScope()
  const attempts: TcpPoolCallbacks[] = []
  const sent: string[] = []
  let ends: ConnectionCallbacks | undefined = undefined
  const cluster = {
    info: { scope: scope.scope('cluster.') },
    chooseHost: () => (hasHost ? { kind: 'host', host: {} } : { kind: 'none', flag: 'UH', detail: '' }),
    tcpPool: () => ({ newConnection: (callbacks: TcpPoolCallbacks) => void attempts.push(callbacks) }),
  }
  const settings = { cluster: 'c', tag: 't', flushIntervalMs: 1000, bufferBytes: 100, maxConnectAttempts: Infinity }
  const stream = new RecordStream(
    { ...settings, backOff: { baseMs: 500, maxMs: 5000 }, ...more },
    {
      dispatcher,
      clusters: { get: () => cluster } as unknown as RecordStreamDeps['clusters'],
      random: { u32: () => 0, float: () => 0.5, uuid: () => '' },
      stats: {
        entriesLost: scope.counter('lost'),
        entriesBuffered: scope.counter('buffered'),
        eventsSent: scope.counter('sent'),
        reconnectAttempts: scope.counter('again'),
        connectionsClosed: scope.counter('closed'),
      },
    },
  )
  const connect = (): void => {
    const connection = {
      addCallbacks: (callbacks: ConnectionCallbacks) => (ends = callbacks),
      addReadFilter: () => undefined,
      write: (bytes: Uint8Array) => void sent.push(Buffer.from(bytes).toString('hex')),
    }
    attempts.at(-1)!.onPoolReady(connection as unknown as ReadableConnection, undefined as never)
  }
  const end = (): void => ends!.onEvent('remote-close')
  const fail = (): void => attempts.at(-1)!.onPoolFailure('remote-connection-failure', '', undefined)
  return { dispatcher, counter, stream, attempts, sent, connect, end, fail }
}

describe('a stream of records', () => {
  test('connects when the first are to be sent, and sends them at once then', () => {
    const { dispatcher, stream, attempts, sent, connect } = setUp()
    dispatcher.advance(5000)
    stream.add(1, RECORD)
    stream.add(256, RECORD)
    dispatcher.advance(999)
    expect(attempts.length).toBe(0)
    dispatcher.advance(1)
    expect([attempts.length, sent]).toEqual([1, []])
    connect()
    expect(sent).toEqual(['92' + 'a174' + '92' + '920180' + '92cd010080'])
    stream.add(2, RECORD)
    dispatcher.advance(1000)
    expect([attempts.length, sent[1]]).toEqual([1, '92a17491920280'])
  })

  test('sends early when there is enough, and loses what does not fit while there is no connection', () => {
    const { dispatcher, stream, attempts, counter, connect, sent } = setUp({ bufferBytes: 2 * ENTRY_BYTES })
    for (let i = 0; i < 5; i++) stream.add(1, RECORD)
    expect([attempts.length, counter('buffered'), counter('lost')]).toEqual([1, 2, 3])
    dispatcher.advance(3000)
    expect(attempts.length).toBe(1)
    connect()
    stream.add(1, RECORD)
    expect([sent.length, counter('buffered'), counter('sent')]).toEqual([1, 3, 1])
  })

  test('connects again after a failure, and when a connection ends, later each time', () => {
    const { dispatcher, stream, attempts, counter, connect, end, fail } = setUp()
    stream.add(1, RECORD)
    dispatcher.advance(1000)
    fail()
    dispatcher.advance(249)
    expect(attempts.length).toBe(1)
    dispatcher.advance(1)
    expect(attempts.length).toBe(2)
    fail()
    dispatcher.advance(500)
    expect([attempts.length, counter('again'), counter('closed')]).toEqual([3, 2, 2])
    connect()
    end()
    dispatcher.advance(250)
    expect([attempts.length, counter('again'), counter('closed')]).toEqual([4, 3, 3])
  })

  test('gives up after so many attempts; records are lost from then on', () => {
    const { dispatcher, stream, attempts, counter, fail } = setUp({ maxConnectAttempts: 1 })
    stream.add(1, RECORD)
    dispatcher.advance(1000)
    fail()
    dispatcher.advance(10_000)
    stream.add(1, RECORD)
    expect([attempts.length, counter('lost'), counter('cluster.upstream_cx_connect_attempts_exceeded')]).toEqual([
      1, 1, 1,
    ])
  })

  test('a cluster without hosts is tried again as well', () => {
    const { dispatcher, stream, counter } = setUp({}, false)
    stream.add(1, RECORD)
    dispatcher.advance(1000)
    dispatcher.advance(250)
    expect([counter('again'), counter('closed')]).toEqual([1, 0])
  })
})
