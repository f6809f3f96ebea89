import { expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { FakeConnection } from '../../../../http/testing/fake-connection.ts'
import { SniClusterFilter } from './sni-cluster-filter.ts'

function clusterFor(serverName: string): string | undefined {
  const connection = new FakeConnection(new SimulatedDispatcher())
  connection.info.requestedServerName = serverName
  connection.use(new SniClusterFilter(connection))
  return connection.streamInfo.filterState.get('envoy.tcp_proxy.cluster')?.serializeAsString()
}

test('sni_cluster: the cluster that the client names', () => {
  expect(clusterFor('a.test')).toBe('a.test')
  expect(clusterFor('')).toBeUndefined()
})
