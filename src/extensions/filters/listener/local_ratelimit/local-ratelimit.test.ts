import { expect, test } from 'bun:test'
import { createTestScope } from '../../../../../test/support/fake-scope.ts'
import { runListenerFilter } from '../../../../../test/support/listener-filter-run.ts'
import { testRuntime } from '../../../../../test/support/route-table.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import type { AcceptRateConfig } from './config.ts'
import { parseAcceptRate } from './config.ts'
import { extension } from './extension.ts'

const BUCKET = 'token_bucket: {max_tokens: 2, fill_interval: 1s}'

function parse(yaml: string): AcceptRateConfig | readonly string[] {
  const message = parseMessage(extension.typeNames[0]!, yaml)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(extension.typeNames[0]!, message.value, {}, parseAcceptRate)
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

/** Two threads that share what they share. */
function start(yaml: string, runtime: Readonly<Record<string, unknown>> = {}) {
  const config = parse(yaml)
  if (!('bucket' in config)) throw new Error(config.join('\n'))
  const dispatcher = new SimulatedDispatcher()
  const scope = createTestScope()
  const buffer = createSharedStatesBuffer(dispatcher.now, 16)
  const factories = [0, 1].map(() => {
    const shared = new ThreadSharedStates(buffer)
    const context = { dispatcher, scope: scope.scope, runtime: testRuntime(runtime), shared }
    return extension.create(config, context as unknown as FactoryContext)
  })
  return { dispatcher, scope, accept: (thread: number) => runListenerFilter(factories[thread]!, []).outcome }
}

test('listener local_ratelimit: as many connections as there are tokens, over all threads', () => {
  const { dispatcher, scope, accept } = start(`{stat_prefix: edge, ${BUCKET}}`)
  expect([accept(0), accept(1), accept(0), accept(1)]).toEqual(['passed', 'passed', 'closed', 'closed'])
  dispatcher.advance(1000)
  expect([accept(1), accept(0)]).toEqual(['passed', 'closed'])
  expect(scope.nonZero()).toEqual({ 'listener_local_ratelimit.edge.rate_limited': 3 })
})

test('listener local_ratelimit: the runtime may switch it off', () => {
  const flag = 'runtime_enabled: {default_value: true, runtime_key: limit.on}'
  const off = start(`{stat_prefix: s, ${BUCKET}, ${flag}}`, { 'limit.on': false })
  expect([1, 2, 3, 4].map(() => off.accept(0))).toEqual(Array(4).fill('passed'))
})

test('listener local_ratelimit: tokens do not come faster than every 50 ms', () => {
  expect(parse('{stat_prefix: s, token_bucket: {max_tokens: 1, fill_interval: 0.049s}}')).toEqual([
    'local rate limit token bucket fill timer must be >= 50ms',
  ])
})
