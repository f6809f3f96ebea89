import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const POLICY = 'type.googleapis.com/envoy.extensions.http.custom_response'
const onStatus = (status: number, policy: string) => `custom_response_matcher: {matcher_tree: {
  input: {name: i, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput}},
  exact_match_map: {map: {"${status}": {action: {name: a, typed_config: {${policy}}}}}}}}`
const LOCAL = `"@type": ${POLICY}.local_response_policy.v3.LocalResponsePolicy`
const REDIRECT = `"@type": ${POLICY}.redirect_policy.v3.RedirectPolicy`
const OWN = onStatus(503, `${LOCAL}, status_code: 500, body: {inline_string: own}`)

httpFilterConformance(extension, {
  good: ['{}', OWN, onStatus(418, `${REDIRECT}, uri: "http://a/b"`)],
  transparent: '{}',
  bad: [
    [onStatus(503, `${REDIRECT}, uri: a/b`), 'Invalid uri specified for redirection for custom response: a/b'],
    [onStatus(503, `${REDIRECT}, redirect_action: {prefix_rewrite: /a}`), 'prefix_rewrite is not supported'],
  ],
  perRoute: { good: [OWN] },
})

test('custom_response: stands in for the response, and the rest of that is dropped', () => {
  const filter = new FilterHarness(extension, { config: OWN })
  filter.send('GET /').respondOpen(503)
  expect(filter.reply()).toMatchObject({ status: 500, body: 'own' })
  expect(filter.upstream.destroyed).toBeTrue()
  filter.send('GET /').respond(200, ['content-length: 2'], 'ok')
  expect(filter.reply()).toMatchObject({ status: 200, body: 'ok' })
})
