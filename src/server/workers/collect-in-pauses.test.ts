import { expect, test } from 'bun:test'
import { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { WorkInHand } from '../../event/work-in-hand.ts'
import { eventDescriptor } from '../../platform/epoll.ts'
import { closeDescriptor } from '../../platform/socket-calls.ts'
import { collectInPauses } from './collect-in-pauses.ts'

test('garbage of requests is collected when there were many and none is left', async () => {
  const awake = { stayMs: 200, idleMs: 100 }
  const dispatcher = new LiveDispatcher('worker_0', undefined, awake)
  const fd = eventDescriptor()
  const work = dispatcher.local(WorkInHand)
  const collected = Promise.withResolvers<number>()
  let left = 2
  collectInPauses(dispatcher, () => collected.resolve(left))
  for (let i = 0; i < 5000; i++) work.begins()
  for (let i = 2; i < 5000; i++) work.ends()
  // Pauses come and go while the last two are under way.
  const timer = dispatcher.timer(() => {
    work.ends()
    if (--left > 0) timer.enable(5)
  })
  timer.enable(5)
  dispatcher.files.add(fd, 'level', { onFileEvent: () => undefined })
  expect(await collected.promise).toBe(0)
  dispatcher.close()
  closeDescriptor(fd)
})
