import { describe, expect, test } from 'bun:test'
import { ANY_HOST, clusterConfig, testClusters } from '../testing/test-clusters.ts'

function cluster(policy: string): string {
  const endpoint = '{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}}'
  return `{name: a, load_assignment: {cluster_name: a, policy: {${policy}}, endpoints: [{lb_endpoints: [${endpoint}]}]}}`
}

const dropped = (percentage: string) => `drop_overloads: [{category: x, drop_percentage: {${percentage}}}]`

describe('drop_overloads', () => {
  test.each([
    ['', 0],
    ['drop_overloads: [{category: x}]', 0],
    [dropped('numerator: 25'), 0.25],
    [dropped('numerator: 25, denominator: TEN_THOUSAND'), 0.0025],
    [dropped('numerator: 1000000, denominator: MILLION'), 1],
  ])('%s', (policy, ratio) => {
    expect(clusterConfig(cluster(policy)).loadAssignment.dropOverload).toBe(ratio)
  })

  test('one category, and no more than everything', () => {
    expect(() => clusterConfig(cluster('drop_overloads: [{category: x}, {category: z}]'))).toThrow(
      'has 2 categories. Envoy only support one.',
    )
    expect(() => clusterConfig(cluster(dropped('numerator: 150')))).toThrow(
      'drop_ratio=1.5(Numerator 150 / Denominator 100). The valid range is 0~1.',
    )
  })

  test('a cluster tells its thread, and the runtime has a say when the assignment comes', () => {
    const { manager, worker, setRuntime } = testClusters([])
    manager.start()
    const update = (policy: string): number | undefined => {
      const yaml = cluster(policy)
      manager.addOrUpdateCluster(clusterConfig(yaml), { name: 'a', text: yaml }, '1')
      return worker.get('a')?.dropOverload
    }
    expect(update(dropped('numerator: 60'))).toBe(0.6)
    setRuntime({ 'load_balancing_policy.drop_overload_limit': 50 })
    expect(worker.get('a')?.dropOverload).toBe(0.6)
    expect(update(dropped('numerator: 70'))).toBe(0.5)
    expect(update(dropped('numerator: 20'))).toBe(0.2)
    expect(worker.get('a')?.chooseHost(ANY_HOST).kind).toBe('host')
  })
})
