/* What the admin server's statistics say of the requests for them. */
import { expect, test } from 'bun:test'
import { direct, httpListener } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const GREETING = { listeners: [httpListener('front', { routes: [direct('/', 'hi\n')] })] }

test('/stats tells of the request that asks for it, /stats/prometheus does not, as in Envoy', async () => {
  await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '1'] })
  const counts = (text: string): number[] => [...text.matchAll(/(?::| ) ?(\d+)$/gm)].map(([, count]) => Number(count))
  const wanted = '^http.admin.downstream_rq_(completed|total)'
  const [completed, total] = counts(await proxy.admin(`/stats?filter=${wanted}`))
  expect(completed).toBe(total)
  expect(counts(await proxy.admin(`/stats/prometheus?filter=${wanted}`))).toEqual([total!, total! + 1])
  const { stats } = JSON.parse(await proxy.admin(`/stats?format=json&filter=${wanted}`)) as { stats: object[] }
  expect(stats.map((stat) => 'value' in stat && stat.value)).toEqual([total! + 2, total! + 2])
})
