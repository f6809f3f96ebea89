import { expect, test } from 'bun:test'
import type { ClusterOrder } from '../../api/worker.ts'
import { staticCluster, testClusters } from '../testing/test-clusters.ts'
import { ClusterOrders } from './cluster-orders.ts'

const remove = (name: string): ClusterOrder => ({ kind: 'cluster.remove', name, forget: '' })

test('cluster orders: what is sent together goes in one message, alone at once, many in several', () => {
  const sent: number[] = []
  const orders = new ClusterOrders((some) => sent.push(some.length))
  orders.send(remove('a'))
  orders.together(() => orders.together(() => ['b', 'c'].forEach((name) => orders.send(remove(name)))))
  expect(sent).toEqual([1, 2])
  orders.together(() => {
    for (let n = 0; n < 1200; n++) orders.send(remove(`${n}`))
  })
  expect(sent.slice(2)).toEqual([500, 500, 200])
})

test('cluster orders: who waits for one hears when the workers have done all of its message', async () => {
  let done: () => void = () => undefined
  const heard: string[] = []
  const orders = new ClusterOrders(() => new Promise<void>((resolve) => (done = resolve)))
  orders.together(() => {
    orders.sendThen(remove('a'), () => heard.push('a'))
    orders.sendThen(remove('b'), () => heard.push('b'))
  })
  await Promise.resolve()
  expect(heard).toEqual([])
  done()
  await Bun.sleep(0)
  expect(heard).toEqual(['a', 'b'])
})

test('cluster manager: a start tells workers of all clusters at once, in the order that they need', () => {
  const { manager, orders, messages } = testClusters([staticCluster('a', [1]), staticCluster('b', [2])])
  manager.start()
  expect(messages()).toBe(1)
  expect(orders.map(({ kind }) => kind)).toEqual(['cluster.set', 'hosts.set', 'cluster.set', 'hosts.set'])
})
