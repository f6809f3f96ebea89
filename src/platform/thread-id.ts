import { libc } from './libc.ts'

/** The operating system's number of the calling thread; the process's own for the main thread. */
export function threadId(): number {
  return libc.gettid()
}
