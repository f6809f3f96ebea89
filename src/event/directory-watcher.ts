/**
 * Watches a directory for what is moved into it: that is how configuration is replaced whole. Content written in place is
 * not reported, since half of it could be read.
 */
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Dispatcher } from '../api/event.ts'

export interface DirectoryWatcher {
  /** Nothing is told afterwards. Idempotent. */
  close(): void
}

/**
 * Calls `onMoved` with the name inside of the directory. Does not keep the process alive. Throws what the system says
 * when the directory cannot be watched.
 */
export function watchDirectory(
  path: string,
  dispatcher: Dispatcher,
  onMoved: (name: string) => void,
): DirectoryWatcher {
  // The system calls a creation a rename as well. What is created is written next, and those events come along.
  const last = new Map<string, string>()
  let closed = false
  const settle = (): void => {
    const moved = [...last].filter(([, event]) => event === 'rename').map(([name]) => name)
    last.clear()
    for (const name of moved) if (!closed && existsSync(join(path, name))) onMoved(name)
  }
  const watcher = watch(path, { persistent: false }, (event, name) => {
    if (name === null) return
    if (last.size === 0) dispatcher.post(settle)
    last.set(name, event)
  })
  // The directory itself went away: nothing can be moved into it any more.
  watcher.on('error', () => watcher.close())
  return {
    close() {
      closed = true
      watcher.close()
    },
  }
}
