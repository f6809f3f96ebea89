/**
 * The C library's functions that the runtime does not offer, or not as cheaply. Opened once per thread, when the thread
 * first loads this module. Counts of bytes come back as 32-bit numbers: 64 bits would cost ten nanoseconds a call.
 */
import { dlopen, read } from 'bun:ffi'

const FUNCTIONS = {
  __errno_location: { args: [], returns: 'ptr' },
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  connect: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  listen: { args: ['i32', 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  shutdown: { args: ['i32', 'i32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  getpeername: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  accept4: { args: ['i32', 'ptr', 'ptr', 'i32'], returns: 'i32' },
  recv: { args: ['i32', 'ptr', 'i32', 'i32'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'i32', 'i32'], returns: 'i32' },
  epoll_create1: { args: ['i32'], returns: 'i32' },
  epoll_ctl: { args: ['i32', 'i32', 'i32', 'ptr'], returns: 'i32' },
  epoll_wait: { args: ['i32', 'ptr', 'i32', 'i32'], returns: 'i32' },
  eventfd: { args: ['u32', 'i32'], returns: 'i32' },
  sendmsg: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  recvmsg: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  poll: { args: ['ptr', 'u64', 'i32'], returns: 'i32' },
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
  setrlimit: { args: ['i32', 'ptr'], returns: 'i32' },
  if_nametoindex: { args: ['ptr'], returns: 'u32' },
  strerror: { args: ['i32'], returns: 'cstring' },
  madvise: { args: ['u64', 'u64', 'i32'], returns: 'i32' },
  mmap: { args: ['ptr', 'u64', 'i32', 'i32', 'i32', 'i64'], returns: 'ptr' },
  gettid: { args: [], returns: 'i32' },
  sched_getaffinity: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
  sched_setaffinity: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
} as const

/** glibc first, then what musl calls itself. */
const NAMES = ['libc.so.6', `libc.musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`]

function open() {
  let failure: unknown
  for (const name of NAMES) {
    try {
      return dlopen(name, FUNCTIONS).symbols
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

export const libc = open()

const errnoAddress = libc.__errno_location()!

/** Of the call right before; anything in between may change it. */
export function errno(): number {
  return read.i32(errnoAddress, 0)
}
