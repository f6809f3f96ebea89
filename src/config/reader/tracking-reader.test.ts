import { expect, test } from 'bun:test'
import type { Reader } from '../../api/config.ts'
import { parseMessage } from '../parse-message.ts'
import { parseRoot } from '../parse-root.ts'
import { sourceMapOf } from '../source/source-map.ts'
import { readConfigText } from '../source/config-text.ts'
import { trackingReader } from './create-tracking-reader.ts'
import { trustedReader } from './trusted-reader.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const yaml =
  'name: c\nconnect_timeout: 0.25s\ntype: STRICT_DNS\nper_connection_buffer_limit_bytes: 16\ncircuit_breakers:\n  thresholds: [{max_connections: 5}]\n'

function message(text = yaml) {
  const parsed = parseMessage(CLUSTER, text)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join())
  return parsed.value
}

function read(reader: Reader) {
  return {
    name: reader.string('name'),
    timeout: reader.durationMs('connect_timeout', 5000),
    idle: reader.optionalDurationMs('cleanup_interval'),
    type: reader.enumeration('type', 'STATIC'),
    limit: reader.number('per_connection_buffer_limit_bytes', 1),
    kind: reader.oneof('cluster_discovery_type'),
    most: reader.message('circuit_breakers', (breakers) =>
      breakers.messages('thresholds', (threshold) => threshold.optionalNumber('max_connections')),
    ),
  }
}

const expected = { name: 'c', timeout: 250, idle: undefined, type: 'STRICT_DNS', limit: 16, kind: 'type', most: [5] }

test('both readers give a parse function the same', () => {
  const tracked = trackingReader(CLUSTER, message())
  expect(read(tracked.reader) as object).toEqual(expected)
  expect(tracked.end()).toEqual([])
  expect(read(trustedReader(CLUSTER, message())) as object).toEqual(expected)
})

test('what is set and never asked for is refused by name and place', () => {
  const text = readConfigText('a.yaml', yaml, 'yaml', CLUSTER)
  const parsed = parseRoot(CLUSTER, message(), { sourceMap: sourceMapOf([text.source]) }, (reader) => {
    reader.ignore('type', 'test')
    reader.message('circuit_breakers', (breakers) => breakers.messages('thresholds', () => 0))
    return reader.string('name')
  })
  expect(parsed.ok ? [] : parsed.errors.map(({ id, message: said, place }) => [id, said, place?.line])).toEqual([
    ['NU120', 'Cluster.connect_timeout is not supported by Nuncio yet', 2],
    ['NU120', 'Cluster.per_connection_buffer_limit_bytes is not supported by Nuncio yet', 4],
    ['NU120', 'CircuitBreakers.Thresholds.max_connections is not supported by Nuncio yet', 6],
  ])
})

test('--allow-unsupported-fields makes warnings of them', () => {
  const parsed = parseRoot(CLUSTER, message('name: c\ntype: EDS\n'), { allowUnsupported: true }, (reader) =>
    reader.string('name'),
  )
  expect(parsed).toMatchObject({ ok: true, value: 'c', warnings: [{ id: 'NU120', severity: 'warning' }] })
})

test('asking for a field that the message does not have is a bug', () => {
  expect(() => trackingReader(CLUSTER, message()).reader.string('nmae')).toThrow('has no field nmae')
})
