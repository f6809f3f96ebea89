/* What is remembered changes nothing but the time it takes. */
import { expect, test } from 'bun:test'
import type { Message, UnknownFields } from '../../api/config.ts'
import { checkMessage } from '../check/checked.ts'
import { decodeMessage } from './decode-message.ts'
import { ElementMemo } from './element-memo.ts'

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment'
const ENDPOINT = 'envoy.config.endpoint.v3.LbEndpoint'

const ENDPOINTS: readonly object[] = [
  { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 80 } } } },
  { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: '80' } } }, healthStatus: 2 },
  { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 800_000 } } } },
  { endpoint: { address: { socket_address: { address: '', port_value: 80 } } } },
  { endpoint: {}, no_such_field: 1 },
  { load_balancing_weight: 0 },
  { load_balancing_weight: 7 },
  { metadata: { filter_metadata: { 'envoy.lb': { shard: null, list: [1, { a: 'b' }] } } } },
  { metadata: { filter_metadata: { 'envoy.lb': { shard: Number.NaN } } } },
  { load_balancing_weight: 12_345_678_901_234_567n },
  { health_status: 'NO_SUCH' },
  {},
]

function read(endpoints: readonly unknown[], unknownFields: UnknownFields, memo?: ElementMemo) {
  const tree = { cluster_name: 'app', endpoints: [{ lb_endpoints: endpoints }, { lbEndpoints: endpoints.slice(1) }] }
  memo?.begin()
  const decoded = decodeMessage(ASSIGNMENT, tree, unknownFields, memo)
  return { ...decoded, checked: checkMessage(ASSIGNMENT, decoded.message, false, memo) }
}

test.each(['error', 'warn', 'ignore'] as const)(
  'a memo says and finds the same as without (unknown fields: %s)',
  (unknown) => {
    const memo = new ElementMemo(ENDPOINT)
    for (let round = 0; round < 40; round++) {
      const some = ENDPOINTS.filter((_, n) => (n + round) % (1 + (round % 5)) === 0)
      const list = round % 2 === 0 ? some : some.toReversed()
      expect(read(list, unknown, memo)).toEqual(read(list, unknown))
    }
  },
)

test('what came before is the same object, what went is forgotten once it is more than what came', () => {
  const memo = new ElementMemo(ENDPOINT)
  const first = (message: Message): unknown => below(message)[0]
  const one = { load_balancing_weight: 7 }
  const two = { load_balancing_weight: 8 }
  const before = first(read([one], 'error', memo).message)
  expect(first(read([{ ...one }], 'error', memo).message)).toBe(before)
  read([two], 'error', memo)
  expect(first(read([one], 'error', memo).message)).toBe(before)
  const three = { load_balancing_weight: 9 }
  read([two, three], 'error', memo)
  read([two], 'error', memo)
  read([two], 'error', memo)
  expect(first(read([one], 'error', memo).message)).not.toBe(before)
})

function below(message: Message): readonly unknown[] {
  const [locality] = message['endpoints'] as readonly Message[]
  return locality!['lb_endpoints'] as readonly unknown[]
}
