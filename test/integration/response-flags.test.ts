/* Every response flag that HTTP/1.1 and TCP can give, with the details beside it and the counter that moves. */
import { expect, test } from 'bun:test'
import { scriptedBackend } from '../differential/support/scripted-backend.ts'
import { DnsServer } from '../support/dns-server.ts'
import type { SeenLines } from '../support/flag-cases.ts'
import { FLAG_CASES, runFlagCase } from '../support/flag-cases.ts'
import { FLAG_BOOTSTRAP, flagResources, prepareFlags } from '../support/flag-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

test('every response flag', async () => {
  await using app = await scriptedBackend('app')
  const dns = new DnsServer()
  await dns.start()
  const options = {
    flags: ['--file-flush-interval-msec', '10', '--concurrency', '1'],
    bootstrap: FLAG_BOOTSTRAP,
    prepare: prepareFlags,
  }
  await using proxy = await startWholeProxy(flagResources(app.port, dns.port), options)
  const seen: SeenLines = new Map()
  for (const each of FLAG_CASES) {
    expect({ name: each.name, ...(await runFlagCase(proxy, each, seen)) }).toEqual({
      name: each.name,
      line: each.line,
      counted: 1,
    })
  }
  dns.close()
}, 60_000)
