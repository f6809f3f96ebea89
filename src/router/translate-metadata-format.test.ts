import { expect, test } from 'bun:test'
import { translateMetadataFormat } from './translate-metadata-format.ts'

test.each([
  ['%UPSTREAM_METADATA(["envoy.lb", "zone"])%', '%UPSTREAM_METADATA(envoy.lb:zone)%'],
  [
    'a %DYNAMIC_METADATA(["x"])% %UPSTREAM_METADATA(["a","b","c"])%',
    'a %DYNAMIC_METADATA(x)% %UPSTREAM_METADATA(a:b:c)%',
  ],
  ['%UPSTREAM_METADATA(envoy.lb:zone)%', '%UPSTREAM_METADATA(envoy.lb:zone)%'],
  ['%UPSTREAM_METADATA([1])%', '%UPSTREAM_METADATA([1])%'],
  ['%UPSTREAM_METADATA([nonsense])%', '%UPSTREAM_METADATA([nonsense])%'],
])('%s', (format, expected) => {
  expect(translateMetadataFormat(format)).toBe(expected)
})
