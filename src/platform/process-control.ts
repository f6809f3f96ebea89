/** What the kernel does for a process as a whole. */
import { libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'

const PR_SET_PDEATHSIG = 1
const PR_SET_DUMPABLE = 4
const SIGTERM = 15
const RLIMIT_CORE = 4
/** All bits: no limit. */
const RLIM_INFINITY = 2n ** 64n - 1n
const LOCK_EX = 2
const LOCK_NB = 4

/** When whoever started this process dies, it gets SIGTERM. */
export function endWithParentProcess(): void {
  libc.prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0)
}

/** Locks the open file until its descriptor is closed, at the latest when the process dies. False: another has it. */
export function tryLockFile(fd: number): boolean {
  return libc.flock(fd, LOCK_EX | LOCK_NB) === 0
}

/** Lets the kernel write a core file of any size when the process crashes. False: it may not. */
export function enableCoreDump(): boolean {
  libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
  const limit = new NativeBuffer(16)
  limit.view.setBigUint64(0, RLIM_INFINITY, true)
  limit.view.setBigUint64(8, RLIM_INFINITY, true)
  return libc.setrlimit(RLIMIT_CORE, limit.address) === 0
}
