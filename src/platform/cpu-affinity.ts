/** Which CPUs a thread may run on: sched_setaffinity(2). */
import { libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'

/** As cpu_set_t: a bit for each of 1024 CPUs. */
const MASK_BYTES = 128

/** A bit for each CPU. */
export type CpuMask = Uint8Array

const mask = new NativeBuffer(MASK_BYTES)

/** Undefined: the system does not say. */
export function allowedCpus(threadId: number): CpuMask | undefined {
  mask.bytes.fill(0)
  return libc.sched_getaffinity(threadId, MASK_BYTES, mask.address) === 0 ? mask.bytes.slice() : undefined
}

/** False: there is no such thread, or it may not. */
export function allowCpus(threadId: number, cpus: CpuMask): boolean {
  mask.bytes.set(cpus)
  return libc.sched_setaffinity(threadId, MASK_BYTES, mask.address) === 0
}

export function maskOf(cpu: number): CpuMask {
  const cpus = new Uint8Array(MASK_BYTES)
  cpus[cpu >> 3] = 1 << (cpu & 7)
  return cpus
}

export function countCpus(cpus: CpuMask): number {
  return cpus.reduce((count, byte) => count + byte.toString(2).replaceAll('0', '').length, 0)
}
