import { describe, expect, test } from 'bun:test'
import type { HarnessOptions } from '../../../test/support/router-harness.ts'
import { bytes, RouterHarness } from '../../../test/support/router-harness.ts'
import { request, routes, testRuntime } from '../../../test/support/route-table.ts'
import type { AsyncMessageOptions, AsyncStreamCallbacks } from '../../api/async-client.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { detachedStreamInfo } from '../../network/detached-stream-info.ts'
import { RequestTimers } from '../request-timers.ts'
import { AsyncHttpClient } from './async-http-client.ts'

const RETRIES = routes(
  '{match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: 5xx, num_retries: 1}}}',
).route(request('/'), new RouterHarness(routes(''), request('/')).info, 0)?.entry?.retryPolicy

function setUp(options: HarnessOptions = {}, runtime: Readonly<Record<string, unknown>> = {}) {
  const harness = new RouterHarness(routes(''), request('/'), options)
  const client = (cluster = 'c') =>
    new AsyncHttpClient(cluster, {
      clusters: harness.clusters,
      dispatcher: harness.dispatcher,
      runtime: testRuntime(runtime),
      random: { u32: () => 0, float: () => 0.5, uuid: () => '' },
      scope: harness.scope,
      localInfo: { localAddress: '10.0.0.1' },
      newStreamInfo: detachedStreamInfo,
    })
  return { harness, client }
}

/** A request whose outcome is written down. */
function sent(client: AsyncHttpClient, body?: string, options?: AsyncMessageOptions) {
  const outcome: { text: string; headers: Readonly<Record<string, string>> } = { text: '', headers: {} }
  const pending = client.send(
    newRequestHeaders('POST', '/p', 'app.test'),
    body === undefined ? undefined : bytes(body),
    {
      onResponse: ({ headers, body: response, trailers }) => {
        const text = Buffer.from(response.linearize()).latin1Slice()
        outcome.text += `${headers.status} ${text}${trailers === undefined ? '' : ' trailers'}`
        outcome.headers = Object.fromEntries([...headers.getAll('content-type')].map((type) => ['content-type', type]))
      },
      onFailure: (failure) => (outcome.text += failure),
    },
    options,
  )
  return { outcome, pending }
}

describe('a whole message', () => {
  test('goes out with its body and a word of where it comes from', () => {
    const { harness, client } = setUp()
    const { outcome } = sent(client(), 'question')
    expect(harness.last).toMatchObject({ body: 'question', ended: true })
    expect(harness.last.headers).toMatchObject({
      ':path': '/p',
      ':authority': 'app.test',
      'x-envoy-internal': 'true',
      'x-forwarded-for': '10.0.0.1',
    })
    harness.last.respond(200, 'answer')
    expect(outcome.text).toBe('200 answer')
  })

  test('or without that word', () => {
    const { harness, client } = setUp()
    sent(client(), undefined, { tellsOrigin: false })
    expect(Object.keys(harness.last.headers)).not.toContain('x-envoy-internal')
    expect(harness.last.ended).toBe(true)
  })

  test('the timeout is a response', () => {
    const { harness, client } = setUp()
    const { outcome } = sent(client(), undefined, { timeoutMs: 50 })
    harness.dispatcher.advance(49)
    expect(outcome.text).toBe('')
    harness.dispatcher.advance(1)
    expect(outcome.text).toBe('504 upstream request timeout')
    expect(outcome.headers).toEqual({ 'content-type': 'text/plain' })
    expect(harness.last.resets).toBe(1)
  })

  test('a cluster that is gone and one without hosts are responses, told at once', () => {
    const { client } = setUp({ hosts: 0 })
    const gone = sent(client('none'))
    expect([gone.outcome.text, gone.pending]).toEqual(['503 ', undefined])
    expect(sent(client()).outcome.text).toBe('503 no healthy upstream')
  })

  test('retries send the body again', () => {
    const { harness, client } = setUp()
    const { outcome } = sent(client(), 'question', { retryPolicy: RETRIES })
    harness.last.respond(500, 'no')
    harness.dispatcher.advance(100)
    expect(harness.attempts).toHaveLength(2)
    expect(harness.last.body).toBe('question')
    harness.last.respond(200, 'yes')
    expect(outcome.text).toBe('200 yes')
  })

  test('a response that is too large fails and ends the attempt', () => {
    const { harness, client } = setUp()
    const { outcome } = sent(client(), undefined, { maxResponseBytes: 4 })
    harness.last.respondPart(200, 'four')
    expect(outcome.text).toBe('')
    harness.last.decoder.decodeData(bytes('!'), false)
    expect(outcome.text).toBe('response-too-large')
    expect(harness.last.resets).toBe(1)
  })

  test('the runtime may set that limit', () => {
    const { harness, client } = setUp({}, { 'http.async_response_buffer_limit': 2 })
    const { outcome } = sent(client())
    harness.last.respondPart(200, 'abc')
    expect(outcome.text).toBe('response-too-large')
  })

  test('an upstream that gives up in the middle is a failure', () => {
    const { harness, client } = setUp()
    const { outcome } = sent(client())
    harness.last.respondPart(200, 'part')
    harness.last.decoder.onReset('connection-termination', '')
    expect(outcome.text).toBe('reset')
  })

  test('nothing comes after a cancel, and nothing is left behind', () => {
    const { harness, client } = setUp()
    const { outcome, pending } = sent(client(), 'question', { timeoutMs: 100 })
    pending?.cancel()
    expect(harness.last.resets).toBe(1)
    harness.last.respond(200, 'late')
    harness.dispatcher.advance(1000)
    expect(outcome.text).toBe('')
    expect(harness.dispatcher.armedTimers - harness.dispatcher.local(RequestTimers).armedUnused).toBe(0)
  })

  test('is cancelled while it waits for a connection', () => {
    const { harness, client } = setUp({ connects: false })
    sent(client()).pending?.cancel()
    expect(harness.last.cancelled).toBe(true)
  })

  test('counts as http.async-client', () => {
    const { harness, client } = setUp()
    sent(client())
    sent(client('none'))
    const value = (name: string) => harness.scope.counter(`http.async-client.${name}`).value
    expect([value('rq_total'), value('no_cluster')]).toEqual([2, 1])
  })
})

describe('a stream', () => {
  function started(callbacks: Partial<AsyncStreamCallbacks> = {}) {
    const { harness, client } = setUp()
    const events: string[] = []
    const stream = client().start({
      onHeaders: ({ status }, end) => void events.push(`headers ${status} ${end}`),
      onData: (data, end) => void events.push(`data ${Buffer.from(data.linearize()).latin1Slice()} ${end}`),
      onTrailers: () => void events.push('trailers'),
      onReset: () => void events.push('reset'),
      ...callbacks,
    })
    stream.sendHeaders(newRequestHeaders('POST', '/s', 'app.test'), false)
    return { harness, stream, events }
  }

  test('both directions go on side by side', () => {
    const { harness, stream, events } = started()
    stream.sendData(bytes('a'), false)
    harness.last.respondPart(200, 'x')
    stream.sendData(bytes('b'), true)
    expect(harness.last).toMatchObject({ body: 'ab', ended: true })
    harness.last.decoder.decodeData(bytes('y'), true)
    expect(events).toEqual(['headers 200 false', 'data x false', 'data y true'])
  })

  test('may be reset inside of a callback', () => {
    const events: string[] = []
    const all = started({
      onHeaders: () => {
        events.push('headers')
        all.stream.reset()
      },
      onData: () => void events.push('data'),
    })
    all.harness.last.respond(200, 'x')
    expect(events).toEqual(['headers'])
    all.stream.sendData(bytes('late'), true)
    expect(all.harness.last.body).toBe('')
  })
})
