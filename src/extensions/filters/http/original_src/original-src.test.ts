import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, { good: ['{}', 'mark: 7'], transparent: '{}' })

test('original_src: upstreams are to see the client of the request', () => {
  const filter = new FilterHarness(extension, { config: 'mark: 7' })
  filter.send('GET /')
  const { streamInfo } = filter.callbacks
  expect(streamInfo.upstreamSource).toEqual({ address: streamInfo.connection.remoteAddress as never, mark: 7 })
})
