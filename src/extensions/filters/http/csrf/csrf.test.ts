import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const ON = 'filter_enabled: {default_value: {numerator: 100}, runtime_key: csrf.on}'

httpFilterConformance(extension, {
  good: [ON, `{${ON}, shadow_enabled: {default_value: {numerator: 1}}, additional_origins: [{suffix: .a}]}`],
  bad: [
    ['{}', 'filter_enabled'],
    ['filter_enabled: {runtime_key: x}', 'default_value'],
  ],
  perRoute: { good: [ON], bad: [['{}', 'filter_enabled']] },
})

test('csrf: a change from elsewhere is refused, unless the runtime says that it is not to be looked at', () => {
  const filter = new FilterHarness(extension, { config: ON })
  filter.send('POST /', ['origin: http://evil'], 'x')
  expect(filter.reply()).toMatchObject({ status: 403, body: 'Invalid origin' })
  expect([filter.reached, filter.logged[0]?.details]).toEqual([false, 'csrf_origin_mismatch'])
  expect(filter.stat('csrf.request_invalid')).toBe(1)
  const off = new FilterHarness(extension, { config: ON, runtime: { 'csrf.on': 0 } })
  expect(off.send('POST /', ['origin: http://evil'], 'x').reached).toBeTrue()
})

test('csrf: the page may be of the same host or of one that is named', () => {
  const config = `{${ON}, additional_origins: [{exact: "b.test:8"}]}`
  const filter = new FilterHarness(extension, { config })
  for (const origin of ['http://a.test', 'https://a.test', 'a.test', 'http://b.test:8']) {
    filter.send('PUT a.test/', [`origin: ${origin}`]).respond(204)
    expect(filter.reply().status).toBe(204)
  }
})
