import { expect, test } from 'bun:test'
import { usableThreads } from './machine.ts'

const machine = (files: Readonly<Record<string, string>>, hardwareThreads = 8) =>
  usableThreads({ hardwareThreads, readFile: (path) => files[path] })

const status = (list: string) => ({ '/proc/self/status': `Name:\tx\nCpus_allowed_list:\t${list}\nThreads:\t1\n` })

test.each([
  ['nothing known', {}, 8],
  ['affinity', status('0-1,4'), 3],
  ['cgroup v2 quota, cut to whole CPUs', { '/sys/fs/cgroup/cpu.max': '250000 100000\n' }, 2],
  ['cgroup v2 without quota', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8],
  ['less than one CPU', { '/sys/fs/cgroup/cpu.max': '20000 100000\n' }, 1],
  [
    'cgroup v1',
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
    4,
  ],
  [
    'cgroup v1 without quota',
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
    8,
  ],
  ['the least of them', { ...status('0-3'), '/sys/fs/cgroup/cpu.max': '300000 100000' }, 3],
])('usable threads: %s', (_, files, expected) => {
  expect(machine(files)).toBe(expected)
})
