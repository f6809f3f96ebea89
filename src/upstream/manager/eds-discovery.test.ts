import { describe, expect, test } from 'bun:test'
import type { Message } from '../../api/config.ts'
import type { ResourceSink } from '../../api/subscription.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { StatsStore } from '../../stats/stats-store.ts'
import { createUpdateStats } from '../cluster-stats.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { EdsDiscovery } from './eds-discovery.ts'
import type { MainCluster, NewHost } from './main-cluster.ts'

/** Discovery of a cluster `app`, which remembers the addresses that it was given. */
function started() {
  const dispatcher = new SimulatedDispatcher()
  const stats = createUpdateStats(new StatsStore().root)
  const matches: string[] = []
  let hosts: readonly HostDescription[] = []
  let subscriber: ResourceSink | undefined
  const cluster = {
    stats,
    config: { healthChecks: [] },
    get hosts() {
      return hosts
    },
    createHost: (host: NewHost) => {
      matches.push('new')
      return host as HostDescription
    },
    countSocketMatch: () => matches.push('known'),
    setHosts: (now: readonly HostDescription[]) => {
      hosts = now
      return true
    },
  }
  // Of a cluster it needs no more than that.
  const discovery = new EdsDiscovery(
    cluster as unknown as MainCluster,
    { source: {} as never, isNamed: false, serviceName: 'app' },
    {
      dispatcher,
      subscriptions: {
        create: (_source: unknown, _type: unknown, _scope: unknown, sink: ResourceSink) => {
          subscriber = sink
          return { ok: true, subscription: { start: () => undefined, close: () => undefined } }
        },
      } as never,
      scope: new StatsStore().root,
      allowUnsupported: false,
      logger: undefined as never,
      isLocalCluster: false,
    },
  )
  discovery.subscribe()
  discovery.start(() => undefined)
  const update = (policy?: Message, weights: readonly number[] = [1], metadata?: Message) => {
    const endpoints = weights.map((load_balancing_weight, priority) => {
      const address = { socket_address: { address: '127.0.0.1', port_value: 80 + priority } }
      const endpoint = { endpoint: { address }, load_balancing_weight, ...(metadata === undefined ? {} : { metadata }) }
      return { priority, lb_endpoints: [endpoint] }
    })
    const message: Message = { cluster_name: 'app', endpoints, ...(policy === undefined ? {} : { policy }) }
    expect(subscriber?.onConfigUpdate([{ name: 'app', message }], '1')).toBeUndefined()
  }
  const counts = () => [stats.assignment_timeout_received.value, stats.assignment_stale.value]
  const addresses = () => hosts.map(({ address }) => address.text)
  return { dispatcher, discovery, update, counts, addresses, matches, stats }
}

describe('endpoint_stale_after', () => {
  test('without a renewal in time there are no hosts, until the next one', () => {
    const { dispatcher, update, counts, addresses } = started()
    update({ endpoint_stale_after: '2s' })
    dispatcher.advance(1999)
    expect([addresses(), counts()]).toEqual([['127.0.0.1:80'], [1, 0]])
    dispatcher.advance(1)
    expect([addresses(), counts()]).toEqual([[], [1, 1]])
    update({ endpoint_stale_after: '2s' })
    expect([addresses(), counts()]).toEqual([['127.0.0.1:80'], [2, 1]])
  })

  test('a renewal begins the time anew, one without a limit ends it', () => {
    const { dispatcher, update, counts, addresses } = started()
    update({ endpoint_stale_after: '2s' })
    dispatcher.advance(1500)
    update({ endpoint_stale_after: '2s' })
    dispatcher.advance(1500)
    update()
    dispatcher.advance(60_000)
    expect([addresses(), counts()]).toEqual([['127.0.0.1:80'], [2, 0]])
  })

  test('a closed discovery has no timer', () => {
    const { dispatcher, discovery, update, counts, addresses } = started()
    update({ endpoint_stale_after: '2s' })
    discovery.close()
    dispatcher.advance(5000)
    expect([addresses(), counts()]).toEqual([['127.0.0.1:80'], [1, 0]])
  })
})

test('each endpoint of each update is matched with its sockets anew', () => {
  const { update, matches } = started()
  update(undefined, [1])
  update(undefined, [1, 1])
  expect(matches).toEqual(['new', 'known', 'new'])
  matches.length = 0
  update(undefined, [1, 1], { filter_metadata: { a: { b: 1 } } })
  update(undefined, [1, 1], { filter_metadata: { a: { b: 1 } } })
  // Twice where the metadata are others.
  expect(matches).toEqual(['known', 'known', 'known', 'known', 'known', 'known'])
})

test('the largest weight is that of the last priority that ever was', () => {
  const { update, stats } = started()
  const shown = (...weights: readonly number[]): number => {
    update(undefined, weights)
    return stats.max_host_weight.value
  }
  expect([shown(3), shown(3, 5), shown(7, 2), shown(7), shown(7, 4)]).toEqual([3, 5, 2, 1, 4])
})
