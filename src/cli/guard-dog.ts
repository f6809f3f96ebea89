/** Where the thread of the guard dogs starts; small, since it has to be there when everything else hangs. */
import { runGuardDogThread } from '../server/watchdog/guard-dog-thread.ts'

runGuardDogThread()
