import { expect, test } from 'bun:test'
import { translateOlderFormat } from './translate-older-format.ts'

test.each([
  ['%UPSTREAM_METADATA(["envoy.lb", "zone"])%', '%UPSTREAM_METADATA(envoy.lb:zone)%'],
  [
    'a %DYNAMIC_METADATA(["x"])% %UPSTREAM_METADATA(["a","b","c"])%',
    'a %DYNAMIC_METADATA(x)% %UPSTREAM_METADATA(a:b:c)%',
  ],
  ['%UPSTREAM_METADATA(envoy.lb:zone)%', '%UPSTREAM_METADATA(envoy.lb:zone)%'],
  ['%UPSTREAM_METADATA([1])%', '%UPSTREAM_METADATA([1])%'],
  ['a%PER_REQUEST_STATE(x.y)%%PER_REQUEST_STATE(z)%', 'a%FILTER_STATE(x.y:PLAIN)%%FILTER_STATE(z:PLAIN)%'],
  ['%UPSTREAM_METADATA([nonsense])%', '%UPSTREAM_METADATA([nonsense])%'],
])('%s', (format, expected) => {
  expect(translateOlderFormat(format)).toBe(expected)
})
