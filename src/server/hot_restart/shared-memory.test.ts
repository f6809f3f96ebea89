import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createSharedRegion, HOT_RESTART_VERSION, openSharedRegion } from './shared-memory.ts'

const id = 4_000_000 + (process.pid % 100_000)
const path = `/dev/shm/envoy_shared_memory_${id}`

afterEach(() => rmSync(path, { force: true }))

function regionOf(opened: ReturnType<typeof createSharedRegion>) {
  if (!opened.ok) throw new Error(opened.message)
  return opened.region
}

describe.if(process.platform === 'linux')('shared region', () => {
  test('is laid out as Envoy lays it out', () => {
    const region = regionOf(createSharedRegion(id))
    const bytes = readFileSync(path)
    if (process.arch === 'x64') {
      expect(HOT_RESTART_VERSION).toBe('11.104')
      const expected = Buffer.alloc(104)
      expected.set([0x68], 0)
      expected.set([0x0b], 8)
      expected.set([0x90], 32)
      expected.set([0x90], 72)
      expect(bytes).toEqual(expected)
    }
    region.remove()
    expect(existsSync(path)).toBe(false)
  })

  test('only one starts at a time', () => {
    const first = regionOf(createSharedRegion(id))
    expect([first.beginInitializing(), first.initializing]).toEqual([true, true])
    const second = regionOf(openSharedRegion(id))
    expect(second.beginInitializing()).toBe(false)
    first.endInitializing()
    expect([second.initializing, second.beginInitializing()]).toEqual([false, true])
    second.remove()
  })

  test('the flag of a start of ours that was killed is in nobody’s way; Envoy’s is', async () => {
    regionOf(createSharedRegion(id))
    const source = `
      const { openSharedRegion } = await import(${JSON.stringify(new URL('./shared-memory.ts', import.meta.url).href)})
      openSharedRegion(${id}).region.beginInitializing()
      process.kill(process.pid, 'SIGKILL')`
    const child = Bun.spawn([process.execPath, '-e', source], { stdin: 'ignore' })
    await child.exited
    const next = regionOf(openSharedRegion(id))
    expect([next.initializing, next.beginInitializing()]).toEqual([true, true])
    next.endInitializing()
    const bytes = readFileSync(path)
    bytes[bytes.length - 8] = 1
    writeFileSync(path, bytes)
    expect(regionOf(openSharedRegion(id)).beginInitializing()).toBe(false)
  })

  test('a region that is missing, and one of another version', () => {
    expect(openSharedRegion(id)).toMatchObject({ ok: false, missing: true })
    writeFileSync(path, Buffer.alloc(96))
    const size = 'Hot restart SharedMemory size mismatch!'
    expect(openSharedRegion(id)).toMatchObject({ ok: false, missing: false, message: expect.stringContaining(size) })
    regionOf(createSharedRegion(id))
    const bytes = readFileSync(path)
    bytes[8] = 10
    writeFileSync(path, bytes)
    const opened = openSharedRegion(id)
    const message = opened.ok ? '' : opened.message
    expect(message).toContain('Hot restart version mismatch!')
    expect(message).toContain('The running process speaks 10.')
  })

  test('a later region of the same name is not removed', () => {
    const first = regionOf(createSharedRegion(id))
    regionOf(createSharedRegion(id))
    first.remove()
    expect(existsSync(path)).toBe(true)
  })
})
