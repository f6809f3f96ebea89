import { expect, test } from 'bun:test'
import type { Message } from '../../api/config.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { readSocketMatcher } from './socket-matcher.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.matching.common_inputs.transport_socket.v3'

function read(input: string) {
  const action = `{name: a, typed_config: {"@type": ${TYPES}.TransportSocketNameAction, name: plain}}`
  const tree = `{input: ${input}, exact_match_map: {map: {"yes": {action: ${action}}, "1.5": {action: ${action}}}}}`
  const message = parseMessage('xds.type.matcher.v3.Matcher', `{matcher_tree: ${tree}}`)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  return parseRoot('xds.type.matcher.v3.Matcher', message.value, {}, readSocketMatcher)
}

function matcher(input: string) {
  const parsed = read(input)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.value
}

const inputOf = (type: string, more = ''): string => `{name: i, typed_config: {"@type": ${TYPES}.${type}${more}}}`
const labels = (kind: unknown, namespace = 'envoy.lb'): Message =>
  ({ filter_metadata: { [namespace]: { kind } } }) as Message

test('metadata of a host or of its locality names a transport socket', () => {
  const ofEndpoint = matcher(inputOf('EndpointMetadataInput', ', path: [{key: kind}]'))
  expect(ofEndpoint.nameOf(labels('yes'), undefined)).toBe('plain')
  expect(ofEndpoint.nameOf(undefined, labels('yes'))).toBeUndefined()
  expect(ofEndpoint.nameOf(labels('no'), undefined)).toBeUndefined()
  expect(ofEndpoint.nameOf(labels(['yes']), undefined)).toBeUndefined()
  expect(ofEndpoint.nameOf(labels(''), undefined)).toBeUndefined()
  expect(ofEndpoint.nameOf(labels(1.5), undefined)).toBe('plain')
  const ofLocality = matcher(inputOf('LocalityMetadataInput', ', filter: own, path: [{key: kind}]'))
  expect(ofLocality.nameOf(labels('yes'), labels('yes', 'own'))).toBe('plain')
  expect(ofLocality.nameOf(labels('yes', 'own'), labels('yes'))).toBeUndefined()
})

test('filter state does not decide', () => {
  const parsed = read(inputOf('FilterStateInput', ', key: a'))
  expect(!parsed.ok && parsed.errors.map(({ message }) => message).join()).toContain('filter state')
})
