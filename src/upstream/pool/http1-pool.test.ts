import { describe, expect, test } from 'bun:test'
import { staticCluster, testClusters } from '../testing/test-clusters.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'
const one = (more = '') => testClusters([staticCluster('a', [80], more)])

function started(more = '') {
  const clusters = one(more)
  clusters.manager.start()
  return clusters
}

describe('http/1 pool: streams', () => {
  test('a request waits for its connection, the next one finds it warm', () => {
    const { network, request, stat } = started()
    const first = request('a')
    expect(first.events).toEqual([])
    expect(stat('cluster.a.upstream_rq_pending_active')).toBe(1)
    network.last.connect()
    expect(network.last.written).toStartWith('GET / HTTP/1.1\r\n')
    network.last.receive(OK)
    expect(first.events).toEqual(['ready', '200', 'body:hi', 'end'])
    const second = request('a')
    expect(second.cancellable).toBeUndefined()
    network.last.receive(OK)
    expect(second.events).toEqual(['ready', '200', 'body:hi', 'end'])
    expect(network.connections).toHaveLength(1)
    expect(second.upstream).toMatchObject({ numStreams: 2, connectionId: 1, protocol: 'HTTP/1.1' })
    expect(second.upstream?.remoteAddress?.text).toBe('127.0.0.1:80')
    expect(stat('cluster.a.upstream_cx_total')).toBe(1)
    expect(stat('cluster.a.upstream_rq_total')).toBe(2)
    expect(stat('cluster.a.upstream_rq_active')).toBe(0)
    expect(stat('cluster.a.upstream_rq_pending_total')).toBe(1)
    expect(stat('cluster.a.upstream_rq_pending_active')).toBe(0)
  })

  test('under overload a request gets a connection that is there, and none that would have to be made', () => {
    const { network, shedding, request, stat } = started()
    request('a')
    network.last.connect()
    network.last.receive(OK)
    shedding.now = true
    expect(request('a').events).toEqual(['ready'])
    const refused = request('a')
    expect([refused.events, refused.cancellable]).toEqual([['failure:overflow'], undefined])
    expect(network.connections).toHaveLength(1)
    expect(stat('cluster.a.upstream_rq_pending_total')).toBe(2)
    expect(stat('cluster.a.upstream_rq_pending_active')).toBe(0)
    expect(stat('cluster.a.upstream_rq_cancelled')).toBe(1)
    expect(stat('cluster.a.upstream_rq_pending_overflow')).toBe(0)
  })

  test('the connection used last is used next', () => {
    const { network, request } = started()
    request('a')
    request('a')
    const [first, second] = network.connections
    first!.connect()
    second!.connect()
    second!.receive(OK)
    first!.receive(OK)
    expect(request('a').upstream?.connectionId).toBe(first!.id)
  })

  test('a waiting request takes a connection that becomes free first', () => {
    const { network, request } = started()
    const busy = request('a')
    network.last.connect()
    const waiting = request('a')
    expect(network.connections).toHaveLength(2)
    network.connections[0]!.receive(OK)
    expect(busy.events.at(-1)).toBe('end')
    expect(waiting.events).toEqual(['ready'])
    network.connections[1]!.connect()
    expect(network.open).toBe(2)
  })

  test('a pending request can be cancelled; its connection is kept for others', () => {
    const { network, request, stat } = started()
    const stream = request('a')
    stream.cancellable!.cancel()
    network.last.connect()
    expect(stream.events).toEqual([])
    expect(stat('cluster.a.upstream_rq_cancelled')).toBe(1)
    expect(stat('cluster.a.upstream_rq_pending_active')).toBe(0)
    expect(request('a').events).toEqual(['ready'])
  })

  test('a reset closes the connection and tells nobody', () => {
    const { network, request, stat } = started()
    const stream = request('a')
    network.last.connect()
    stream.encoder!.reset('local-reset')
    expect(stream.events).toEqual(['ready'])
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_destroy_local_with_active_rq')).toBe(1)
    expect(stat('cluster.a.upstream_rq_active')).toBe(0)
  })

  test('calls on an old stream do not reach the next one', () => {
    const { network, request } = started()
    const first = request('a')
    network.last.connect()
    network.last.receive(OK)
    const second = request('a')
    first.encoder!.readDisable(true)
    first.encoder!.reset('local-reset')
    expect(network.last.readDisabled).toBe(0)
    network.last.receive(OK)
    expect(second.events.at(-1)).toBe('end')
  })

  test('reading that a stream disabled goes on for the next one', () => {
    const { network, request } = started()
    const first = request('a')
    network.last.connect()
    first.encoder!.readDisable(true)
    first.encoder!.readDisable(true)
    network.last.receive(OK)
    expect(network.last.readDisabled).toBe(0)
  })
})

describe('http/1 pool: the end of connections', () => {
  test('connection: close is not reused', () => {
    const { network, request, stat } = started()
    request('a')
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_close_notify')).toBe(1)
    expect(stat('cluster.a.upstream_cx_destroy_local')).toBe(1)
    expect(stat('cluster.a.upstream_cx_destroy_with_active_rq')).toBe(0)
    expect(stat('cluster.a.upstream_cx_protocol_error')).toBe(0)
  })

  test('bytes behind a response are a protocol error, after the response was delivered', () => {
    const { network, request, stat } = started()
    const stream = request('a')
    network.last.connect()
    network.last.receive(`${OK}HTTP/1.1 200 OK\r\n`)
    expect(stream.events).toEqual(['ready', '200', 'body:hi', 'end'])
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_protocol_error')).toBe(1)
  })

  test('bytes on an idle connection are a protocol error', () => {
    const { network, request, stat } = started()
    request('a')
    network.last.connect()
    network.last.receive(OK)
    network.last.receive('x')
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_protocol_error')).toBe(1)
  })

  test('a response before the request is complete ends the connection', () => {
    const { network, request } = started()
    const stream = request('a', { method: 'POST', unfinished: true })
    network.last.connect()
    network.last.receive(OK)
    expect(stream.events).toEqual(['ready', '200', 'body:hi', 'end'])
    expect(network.last.state).toBe('closed')
  })

  test('an idle connection that the peer closes is forgotten', () => {
    const { network, request, stat } = started()
    request('a')
    network.last.connect()
    network.last.receive(OK)
    network.last.endByPeer()
    expect(stat('cluster.a.upstream_cx_active')).toBe(0)
    expect(stat('cluster.a.upstream_cx_destroy_remote')).toBe(1)
    request('a')
    expect(network.connections).toHaveLength(2)
  })

  test('the end before a response is a termination, inside of one a protocol error', () => {
    const { network, request, stat } = started()
    const first = request('a')
    network.last.connect()
    network.last.endByPeer()
    expect(first.events).toEqual(['ready', 'reset:connection-termination'])
    expect(stat('cluster.a.upstream_cx_destroy_remote_with_active_rq')).toBe(1)
    const second = request('a')
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi')
    network.last.endByPeer()
    expect(second.events).toEqual(['ready', '200', 'body:hi', 'reset:protocol-error'])
    expect(stat('cluster.a.upstream_rq_active')).toBe(0)
  })

  test('the end may be the end of the response', () => {
    const { network, request } = started()
    const stream = request('a')
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\n\r\nall')
    network.last.endByPeer()
    expect(stream.events).toEqual(['ready', '200', 'body:all', 'end'])
  })

  test('a malformed response is a protocol error', () => {
    const { network, request, stat } = started()
    const stream = request('a')
    network.last.connect()
    network.last.receive('nonsense\r\n\r\n')
    expect(stream.events).toEqual(['ready', 'reset:protocol-error'])
    expect(stat('cluster.a.upstream_cx_protocol_error')).toBe(1)
    expect(network.open).toBe(0)
  })

  test('max_requests_per_connection', () => {
    const { network, request, stat } = started('max_requests_per_connection: 2')
    request('a')
    network.last.connect()
    network.last.receive(OK)
    request('a')
    network.last.receive(OK)
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_max_requests')).toBe(1)
  })

  test('a connection that holds too much for too long is closed', () => {
    const { network, request, stat, dispatcher } = started('per_connection_buffer_high_watermark_timeout: 2s')
    const { events } = request('a')
    const connection = network.last
    connection.connect()
    connection.backUp(true)
    dispatcher.advance(1999)
    connection.backUp(false)
    dispatcher.advance(5000)
    expect(connection.state).toBe('open')
    connection.backUp(true)
    dispatcher.advance(2000)
    expect([connection.state, connection.closeReason]).toEqual(['closed', 'buffer_high_watermark_timeout_reached'])
    expect(events).toEqual(['ready', 'above', 'below', 'above', 'reset:connection-termination'])
    expect(stat('cluster.a.upstream_cx_destroy_local_with_active_rq')).toBe(1)
  })

  test('an idle connection is closed after the idle timeout', () => {
    const { network, request, stat, dispatcher } = started('common_http_protocol_options: {idle_timeout: 3s}')
    request('a')
    network.last.connect()
    dispatcher.advance(5000)
    network.last.receive(OK)
    dispatcher.advance(2900)
    expect(network.open).toBe(1)
    dispatcher.advance(200)
    expect(network.open).toBe(0)
    expect(stat('cluster.a.upstream_cx_idle_timeout')).toBe(1)
    expect(dispatcher.armedTimers).toBe(0)
  })

  test('a connection that has lived long enough ends with its stream', () => {
    const { network, request, stat, dispatcher } = started(
      'common_http_protocol_options: {max_connection_duration: 3s}',
    )
    request('a')
    network.last.connect()
    dispatcher.advance(4000)
    expect(stat('cluster.a.upstream_cx_max_duration_reached')).toBe(1)
    expect(network.open).toBe(1)
    network.last.receive(OK)
    expect(network.open).toBe(0)
  })
})

describe('http/1 pool: connection attempts', () => {
  test('a refused connection fails everyone who waits', () => {
    const { network, request, stat, dispatcher } = started()
    const first = request('a')
    const second = request('a')
    network.connections[0]!.refuse()
    const failed = ['failure:remote-connection-failure:delayed connect error: Connection refused']
    expect(first.events).toEqual(failed)
    expect(second.events).toEqual(failed)
    expect(stat('cluster.a.upstream_cx_connect_fail')).toBe(1)
    expect(stat('cluster.a.upstream_cx_destroy_remote')).toBe(1)
    expect(stat('cluster.a.upstream_rq_pending_failure_eject')).toBe(2)
    network.connections[1]!.connect()
    expect(network.open).toBe(1)
    dispatcher.advance(0)
  })

  test('a request that comes again while it is told waits for a new attempt', () => {
    const { network, request } = started()
    const first = request('a')
    let again: ReturnType<typeof request> | undefined
    first.onPoolFailure = () => (again = request('a'))
    network.last.refuse()
    expect(network.connections).toHaveLength(2)
    network.last.connect()
    expect(again!.events).toEqual(['ready'])
  })

  test('the connect timeout', () => {
    const { network, request, stat, dispatcher } = started('connect_timeout: 0.25s')
    const stream = request('a')
    dispatcher.advance(240)
    expect(stream.events).toEqual([])
    dispatcher.advance(20)
    expect(stream.events).toEqual(['failure:timeout'])
    expect(network.last.state).toBe('closed')
    expect(stat('cluster.a.upstream_cx_connect_timeout')).toBe(1)
    expect(stat('cluster.a.upstream_cx_connect_fail')).toBe(1)
    expect(stat('cluster.a.upstream_cx_active')).toBe(0)
  })
})

describe('http/1 pool: circuit breakers', () => {
  const breakers = (thresholds: string) => `circuit_breakers: {thresholds: [${thresholds}]}`

  test('max_connections: requests wait, but one connection is always allowed', () => {
    const { network, request, stat } = started(breakers('{max_connections: 1}'))
    request('a')
    network.last.connect()
    expect(stat('cluster.a.circuit_breakers.default.cx_open')).toBe(1)
    const waiting = request('a')
    expect(network.connections).toHaveLength(1)
    expect(stat('cluster.a.upstream_cx_overflow')).toBe(1)
    network.last.receive(OK)
    expect(waiting.events).toEqual(['ready'])
    network.last.receive(OK)
    network.last.endByPeer()
    expect(stat('cluster.a.circuit_breakers.default.cx_open')).toBe(0)
  })

  test('max_connections: 0 still lets one through', () => {
    const { network, request } = started(breakers('{max_connections: 0}'))
    request('a')
    expect(network.connections).toHaveLength(1)
    request('a')
    expect(network.connections).toHaveLength(1)
  })

  test('max_pending_requests', () => {
    const { request, stat } = started(breakers('{max_pending_requests: 1}'))
    request('a')
    expect(stat('cluster.a.circuit_breakers.default.rq_pending_open')).toBe(1)
    expect(request('a').events).toEqual(['failure:overflow'])
    expect(stat('cluster.a.upstream_rq_pending_overflow')).toBe(1)
  })

  test('max_requests, and the other priority has limits of its own', () => {
    const { network, request, stat, manager } = started(breakers('{max_requests: 1}'))
    request('a')
    network.last.connect()
    const refused = request('a')
    network.last.connect()
    expect(refused.events).toEqual(['failure:overflow'])
    expect(stat('cluster.a.circuit_breakers.default.rq_open')).toBe(1)
    expect(stat('cluster.a.upstream_rq_active_overflow')).toBe(1)
    expect(manager.status()[0]!.hosts[0]!.stats.rqError).toBe(1)
    const high = request('a', { priority: 'high' })
    network.last.connect()
    expect(high.events).toEqual(['ready'])
  })

  test('the runtime may change a limit', () => {
    const { request, setRuntime } = started()
    setRuntime({ 'circuit_breakers.a.default.max_pending_requests': 0 })
    expect(request('a').events).toEqual(['failure:overflow'])
  })

  test('connections of one host', () => {
    const { network, request } = started('circuit_breakers: {per_host_thresholds: [{max_connections: 1}]}')
    request('a')
    request('a')
    expect(network.connections).toHaveLength(1)
  })
})
