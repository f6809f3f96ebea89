/** The CPU time of another process, in nanoseconds: what proc(5) shows in ticks of ten milliseconds is too coarse for two seconds. */
import { dlopen } from 'bun:ffi'

const { symbols: libc } = dlopen('libc.so.6', {
  clock_getcpuclockid: { args: ['i32', 'ptr'], returns: 'i32' },
  clock_gettime: { args: ['i32', 'ptr'], returns: 'i32' },
})

const clock = new Int32Array(1)
/** A timespec. */
const time = new BigInt64Array(2)

/** Of all threads of `pid`, those that have ended too, in µs; 0 when there is no such process. See clock_getcpuclockid(3). */
export function processCpuUs(pid: number): number {
  if (libc.clock_getcpuclockid(pid, clock) !== 0 || libc.clock_gettime(clock[0] ?? 0, time) !== 0) return 0
  return Number(time[0]) * 1e6 + Number(time[1]) / 1e3
}
