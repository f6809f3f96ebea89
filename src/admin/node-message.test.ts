import { expect, test } from 'bun:test'
import type { Options } from '../api/options.ts'
import { bootstrapNode, completeNode } from './node-message.ts'

const build = { version: 'abc/1.40.0/Clean/RELEASE/BoringSSL', extensions: [] }

test('what a bootstrap says of its user agent stays; a version of its own gives way to that of the build', () => {
  const own = { user_agent_build_version: { version: { major_number: 7 } }, extensions: [{ name: 'mine' }] }
  expect(bootstrapNode({ node: { ...own, user_agent_name: 'me' } }, build)).toEqual({ ...own, user_agent_name: 'me' })
  const node = bootstrapNode({ node: { user_agent_version: 'a' } }, build)
  expect(node).toMatchObject({ user_agent_name: 'envoy', user_agent_build_version: { version: { major_number: 1 } } })
  expect(node['user_agent_version']).toBeUndefined()
})

test('flags are no part of the bootstrap', () => {
  const bootstrap = { node: { id: 'a', cluster: 'b', locality: { region: 'r', zone: 'z' } } }
  // Nothing else of the options is looked at.
  const options = { serviceNode: 'c', serviceCluster: '', serviceZone: 'y' } as Options
  expect(bootstrapNode(bootstrap, build)).toMatchObject(bootstrap.node)
  expect(completeNode(bootstrap, { ...build, options })).toMatchObject({
    id: 'c',
    cluster: 'b',
    locality: { region: 'r', zone: 'y' },
  })
})
