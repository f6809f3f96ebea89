import { expect, test } from 'bun:test'
import type { ClusterInfo, ThreadCluster } from '../../../../api/upstream.ts'
import { CountingScope } from '../../../../http/testing/counting-scope.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { bytes } from '../../../../../test/support/router-harness.ts'
import { extension } from './extension.ts'
import { MessageCounter } from './message-counter.ts'

httpFilterConformance(extension, {
  good: [
    '{}',
    `{stats_for_all_methods: true, emit_filter_state: true, enable_upstream_stats: true,
      replace_dots_in_grpc_service_name: true}`,
    'individual_method_stats_allowlist: {services: [{name: a.B, method_names: [C, D]}]}',
  ],
  transparent: '{}',
  bad: [
    ['individual_method_stats_allowlist: {services: [{method_names: [a]}]}', 'name'],
    ['individual_method_stats_allowlist: {services: [{name: a}]}', 'method_names'],
  ],
})

const MESSAGE = '\0\0\0\0\u0002ab'

function grpc(config: string) {
  const scope = new CountingScope()
  // The filter asks for nothing else.
  const cluster = { info: { scope: scope.scope('cluster.app.') } as unknown as ClusterInfo } as ThreadCluster
  const filter = new FilterHarness(extension, { config, context: { clusters: { get: () => cluster } } })
  const call = (path: string, status: string) => {
    filter.send(`POST ${path}`, ['content-type: application/grpc+proto'], MESSAGE + MESSAGE)
    filter.respond(200, ['content-type: application/grpc'], MESSAGE, [`grpc-status: ${status}`]).written()
  }
  return { filter, call, count: (name: string) => scope.valueOf(`cluster.app.grpc.${name}`) }
}

test('grpc_stats: by method, with its messages', () => {
  const { call, count } = grpc('stats_for_all_methods: true')
  call('/a.B/C', '0')
  call('/a.B/C?x', '5')
  call('/not/a/method', '0')
  const names = ['0', '5', 'success', 'failure', 'total', 'request_message_count', 'response_message_count']
  expect(names.map((name) => count(`a.B.C.${name}`))).toEqual([1, 1, 1, 1, 2, 4, 2])
})

test('grpc_stats: those of a list by name, the others together', () => {
  const { call, count } = grpc('individual_method_stats_allowlist: {services: [{name: a.B, method_names: [C]}]}')
  call('/a.B/C', '0')
  call('/a.B/D', '0')
  expect([count('a.B.C.total'), count('total'), count('a.B.D.total')]).toEqual([1, 1, undefined])
})

test('grpc_stats: dots may go, and the log is told of messages', () => {
  const { filter, call, count } = grpc(
    '{stats_for_all_methods: true, replace_dots_in_grpc_service_name: true, emit_filter_state: true}',
  )
  call('/a.B/C', '0')
  expect(count('a_B.C.total')).toBe(1)
  const state = filter.callbacks.streamInfo.filterState.get('envoy.filters.http.grpc_stats')
  expect(state?.serializeAsJson?.()).toEqual({ requestMessageCount: '2', responseMessageCount: '1' })
  expect(state?.serializeAsValue?.()).toEqual({ request_message_count: '2', response_message_count: '1' })
})

test('messages are counted in whatever pieces they come', () => {
  const counter = new MessageCounter()
  for (const byte of MESSAGE + MESSAGE + '\0\0\0\0\0') counter.inspect(bytes(byte))
  expect(counter.count).toBe(3)
})

test('grpc_stats: calls of the Connect protocol', () => {
  const { filter, count } = grpc('{stats_for_all_methods: true, emit_filter_state: true}')
  const version = 'connect-protocol-version: 1'
  filter.send('POST /a.B//Unary/', [version], 'x').respond(200, [], 'y')
  filter.send('POST /a.B/Unary', [version], 'x').respond(404, [], 'y')
  const names = ['success', 'failure', 'total', 'request_message_count', 'response_message_count']
  expect(names.map((name) => count(`a.B.Unary.${name}`))).toEqual([1, 1, 2, 2, 2])
  const stream = 'content-type: application/connect+proto'
  for (const end of ['', '\u0002\0\0\0\u0002{}', '\u0002\0\0\0\u000c{"error":{}}', '\u0002\0\0\0\u0003{}']) {
    filter.send('POST /a.B/Stream', [stream], MESSAGE + MESSAGE).respond(200, [], MESSAGE + end)
  }
  expect(names.map((name) => count(`a.B.Stream.${name}`))).toEqual([1, 3, 4, 8, 4])
})
