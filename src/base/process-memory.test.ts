import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { ProcessMemory } from './process-memory.ts'

test('ProcessMemory: what the runtime says', () => {
  const memory = new ProcessMemory()
  expect(memory.lookAtResidentBytes()).toBeGreaterThan(1 << 20)
  expect(memory.look().heapUsed).toBeGreaterThan(0)
})

test('ProcessMemory: without a descriptor, what was known last', async () => {
  const program = `
    const { ProcessMemory } = await import(${JSON.stringify(join(import.meta.dir, 'process-memory.ts'))})
    const { openSync } = await import('node:fs')
    const memory = new ProcessMemory()
    const { rss } = memory.look()
    try { for (;;) openSync('/dev/null') } catch {}
    process.exit(rss > 0 && memory.look().rss === rss && memory.lookAtResidentBytes() === rss ? 0 : 1)`
  const child = Bun.spawn(['sh', '-c', 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, program], {
    stdout: 'ignore',
  })
  expect(await child.exited).toBe(0)
})
