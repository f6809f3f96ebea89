import { expect, test } from 'bun:test'
import { fakeReader } from '../../../../test/support/fake-reader.ts'
import type { Message } from '../../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../../api/extension.ts'
import { runtimeFromValues } from '../../../runtime/runtime-from-values.ts'
import { extension } from './extension.ts'

function parse(config: Message) {
  const { reader, findings } = fakeReader(config)
  return { config: extension.parse(reader, {} as ParseContext), errors: findings.errors }
}

function pressureOf(config: Message, runtime: string): number {
  const context = { runtime: { current: runtimeFromValues(runtime) } } as unknown as FactoryContext
  const monitor = extension.create(parse(config).config, context)
  const usage = monitor.kind === 'watched' ? monitor.read() : undefined
  return usage?.ok === true ? usage.pressure : Number.NaN
}

test('fixed heap: the memory of the process against the maximum, which the runtime may change', () => {
  const rss = process.memoryUsage.rss()
  expect(pressureOf({ max_heap_size_bytes: rss * 2 }, '{}')).toBeCloseTo(0.5, 1)
  const byRuntime = { max_heap_size_bytes_runtime: { default_value: rss * 4, runtime_key: 'heap' } }
  expect(pressureOf(byRuntime, '{}')).toBeCloseTo(0.25, 1)
  expect(pressureOf(byRuntime, JSON.stringify({ heap: rss * 2 }))).toBeCloseTo(0.5, 1)
})

test('fixed heap: refused in the words of Envoy', () => {
  expect(parse({}).errors).toEqual(['fixed_heap: max heap size must be greater than 0'])
  const both = { max_heap_size_bytes: 10, max_heap_size_bytes_runtime: { default_value: 5, runtime_key: 'k' } }
  expect(parse(both).errors).toEqual([
    'fixed_heap: exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set',
  ])
})
