/** What the kernel does for a process as a whole. */
import { libc } from './libc.ts'

const PR_SET_PDEATHSIG = 1
const SIGTERM = 15
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
