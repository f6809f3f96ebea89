import { describe, expect, test } from 'bun:test'
import { readLoadReport } from './orca-load-report.ts'
import { orcaWeight } from './orca-weight.ts'

const WEIGHTING = { blackoutMs: 0, expirationMs: 0, updateMs: 0, errorPenalty: 0, metricNames: [] }

function report(headers: Readonly<Record<string, string>>): Readonly<Record<string, number>> | undefined {
  const found = readLoadReport({ getAll: (name) => (headers[name] === undefined ? [] : [headers[name]]) })
  return found && Object.fromEntries(found)
}

const metrics = (text: string) => report({ 'endpoint-load-metrics': text })

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = (field << 3) | 1
  bytes.writeDoubleLE(value, 1)
  return bytes
}

const BINARY = Buffer.concat([
  double(1, 0.5),
  double(6, 1000),
  // named_metrics: {"q": 0.25}
  Buffer.concat([Buffer.from([(8 << 3) | 2, 12, 10, 1, 0x71]), double(2, 0.25)]),
  Buffer.from([(3 << 3) | 0, 7, (15 << 3) | 2, 1, 0]),
]).toString('base64')
const FROM_BINARY = { cpu_utilization: 0.5, rps_fractional: 1000, 'named_metrics.q': 0.25 }

describe('reports of load', () => {
  test.each([
    ['TEXT cpu_utilization=0.5,rps_fractional=1000', { cpu_utilization: 0.5, rps_fractional: 1000 }],
    ['TEXT cpu_utilization:0.5 , rps_fractional=1e3,', { cpu_utilization: 0.5, rps_fractional: 1000 }],
    ['TEXT eps=+0x10,named_metrics.a=-.5,utilization.b=2.', { eps: 16, 'named_metrics.a': -0.5, 'utilization.b': 2 }],
    ['TEXT ', {}],
    ['JSON {"cpuUtilization": "0.5", "rps": 4, "eps": null}', { cpu_utilization: 0.5, rps: 4 }],
    ['JSON {"named_metrics": {"a": 1}, "utilization": {"b": 2}}', { 'named_metrics.a': 1, 'utilization.b': 2 }],
    [`BIN ${BINARY}`, FROM_BINARY],
    [`BIN ${BINARY.replaceAll('=', '')}`, FROM_BINARY],
  ])('%s', (text, expected) => {
    expect(metrics(text)).toEqual(expected)
  })

  test.each([
    'cpu_utilization=0.5',
    'text cpu_utilization=0.5',
    'TEXT cpu_utilization = 0.5',
    'TEXT cpu_utilization=0.5,cpu_utilization=0.5',
    'TEXT cpu_utilization=nan',
    'TEXT cpu_utilization=1e999',
    'TEXT cpu_utilization=',
    'TEXT cpu_utilization',
    'TEXT rps=4',
    'TEXT request_cost.a=4',
    'TEXT named_metrics.=4',
    'JSON {"zzz": 1}',
    'JSON [1]',
    'JSON {"eps": "x"}',
    'JSON {',
    'BIN ',
    'BIN !!!!',
    `BIN ${BINARY.slice(0, 8)}`,
  ])('%s is none', (text) => {
    expect(metrics(text)).toBeUndefined()
  })

  test('the header of its own for binary reports counts first', () => {
    expect(report({ 'endpoint-load-metrics-bin': BINARY, 'endpoint-load-metrics': 'TEXT eps=1' })).toEqual(FROM_BINARY)
    expect(report({})).toBeUndefined()
  })
})

describe('weights from reports', () => {
  const weight = (text: string, more = {}) =>
    orcaWeight(new Map(Object.entries(metrics(`TEXT ${text}`)!)), { ...WEIGHTING, ...more })

  test('requests a second by utilisation: named, of the application, of the processor', () => {
    expect(weight('rps_fractional=100,cpu_utilization=0.3')).toBe(333)
    expect(weight('rps_fractional=100,cpu_utilization=0.3,application_utilization=0.5')).toBe(200)
    const metricNames = ['named_metrics.*', 'utilization.b', 'mem_utilization']
    const named = 'named_metrics.x=0.1,named_metrics.y=0.25,utilization.c=0.9'
    expect(weight(`rps_fractional=100,application_utilization=0.5,${named}`, { metricNames })).toBe(400)
    expect(weight(`rps_fractional=100,application_utilization=0.5`, { metricNames })).toBe(200)
  })

  test('errors make it smaller', () => {
    expect(weight('rps_fractional=100,cpu_utilization=0.5,eps=50')).toBe(200)
    expect(weight('rps_fractional=100,cpu_utilization=0.5,eps=50', { errorPenalty: 1 })).toBe(100)
  })

  test('a report may say nothing, or too much', () => {
    expect(weight('cpu_utilization=0.5')).toBeUndefined()
    expect(weight('rps_fractional=100')).toBeUndefined()
    expect(weight('rps_fractional=100,cpu_utilization=-1')).toBeUndefined()
    expect(weight('rps_fractional=1e12,cpu_utilization=0.1')).toBe(2 ** 32 - 1)
  })
})
