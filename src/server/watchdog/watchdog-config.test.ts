import { expect, test } from 'bun:test'
import { fakeReader } from '../../../test/support/fake-reader.ts'
import type { Message } from '../../api/config.ts'
import { DEFAULT_WATCHDOG, readWatchdogs } from './watchdog-config.ts'

function read(bootstrap: Message) {
  const { reader, findings } = fakeReader(bootstrap)
  const config = readWatchdogs(reader)
  return { config, errors: findings.errors, unread: findings.unread() }
}

const ABORT = { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.watchdog.v3.AbortActionConfig' } }

test('watchdogs: defaults, one for each kind, and the old field for both', () => {
  expect(read({}).config).toEqual({ mainThread: DEFAULT_WATCHDOG, workers: DEFAULT_WATCHDOG })
  const { config, unread } = read({
    watchdogs: {
      worker_watchdog: {
        miss_timeout: '0.3s',
        megamiss_timeout: '2s',
        kill_timeout: '4s',
        max_kill_timeout_jitter: '1s',
        multikill_timeout: '3s',
        multikill_threshold: { value: 50 },
      },
    },
  })
  expect(unread).toEqual([])
  expect(config.mainThread).toEqual(DEFAULT_WATCHDOG)
  expect(config.workers).toEqual({
    missTimeoutMs: 300,
    megamissTimeoutMs: 2000,
    killTimeoutMs: 4000,
    maxKillTimeoutJitterMs: 1000,
    multikillTimeoutMs: 3000,
    multikillThresholdPercent: 50,
    abortOn: new Set(['KILL', 'MULTIKILL']),
  })
  const old = read({ watchdog: { miss_timeout: '0.5s' } }).config
  expect([old.mainThread.missTimeoutMs, old.workers.missTimeoutMs]).toEqual([500, 500])
})

test('watchdogs: the abort action ends the process at its event, other actions are refused', () => {
  const withAction = (action: Message) => read({ watchdogs: { worker_watchdog: { actions: [action] } } })
  expect(withAction({ config: ABORT, event: 'MEGAMISS' }).config.workers.abortOn).toEqual(new Set(['MEGAMISS']))
  expect(withAction({ config: ABORT }).config.workers.abortOn).toEqual(new Set())
  const profile = 'envoy.extensions.watchdog.profile_action.v3.ProfileActionConfig'
  const refused = withAction({
    config: { name: 'p', typed_config: { '@type': `type.googleapis.com/${profile}` } },
    event: 'MISS',
  })
  expect(refused.errors.join()).toContain(profile)
  expect(withAction({ event: 'KILL' }).errors).toEqual([
    "Didn't find a registered implementation for '' with type URL: ''",
  ])
})

test('watchdogs: the old and the new field exclude each other', () => {
  expect(read({ watchdog: {}, watchdogs: {} }).errors).toEqual(['Only one of watchdog or watchdogs should be set!'])
})
