import { expect, test } from 'bun:test'
import { OptionError } from './option-error.ts'
import { parseRouteCheck } from './parse-route-check.ts'

test('route-check: the flags of Envoy’s tool', () => {
  expect(parseRouteCheck(['-c', 'a.yaml', '-t', 'b.json', '--details', '--disable-deprecation-check'])).toEqual({
    kind: 'route-check',
    config: 'a.yaml',
    golden: 'b.json',
    details: true,
    onlyShowFailures: false,
    failUnder: 0,
    comprehensive: false,
    detailedCoverage: false,
  })
  const coverage = ['--only-show-failures', '--covall', '--detailed-coverage', '-f', '99.5']
  expect(parseRouteCheck(['-c', 'a.yaml', '-t', 'b.json', ...coverage])).toEqual({
    kind: 'route-check',
    config: 'a.yaml',
    golden: 'b.json',
    details: false,
    onlyShowFailures: true,
    failUnder: 99.5,
    comprehensive: true,
    detailedCoverage: true,
  })
})

test.each(['--help', '-h'])('route-check %p says how it is called', (flag) => {
  expect(parseRouteCheck([flag])).toMatchObject({
    kind: 'exit',
    code: 0,
    stdout: expect.stringContaining('-t <tests>'),
  })
})

test('route-check: a request to be explained', () => {
  expect(parseRouteCheck(['-c', 'a.yaml', 'GET', 'https://h/p', '-H', 'x: y', '--random', '7'])).toEqual({
    kind: 'explain-request',
    config: 'a.yaml',
    method: 'GET',
    url: 'https://h/p',
    headers: ['x: y'],
    listener: undefined,
    random: 7,
  })
})

test.each([
  [['-c', 'a.yaml']],
  [['-c', 'a', 'GET']],
  [['-c', 'a', '-t', 'b', 'GET', 'http://h/']],
  [['-t', 'b.json']],
  [['-c', 'a', '-t', 'b', '--nope']],
  [['-c', 'a', '-t', 'b', '-f', 'x']],
])('route-check: %p is refused with its usage', (argv) => {
  expect(() => parseRouteCheck(argv)).toThrow(OptionError)
})
