/*
 * `npm start`: the front proxy of envoy.yaml, two services behind it, and what to try. Further arguments go to Nuncio
 * (npm start -- --log-level debug). Ends with the proxy, and ends it on Ctrl-C.
 */
import { join } from 'node:path'

const PROXY = 'http://127.0.0.1:10000'
const ADMIN = 'http://127.0.0.1:9901'
const READY_WITHIN_MS = 20_000

const launcher = join(import.meta.dir, '../../bin/nuncio')
const config = join(import.meta.dir, 'envoy.yaml')

const services = [service('blue', 10001), service('green', 10002)]
const proxy = Bun.spawn([launcher, '-c', config, '--use-dynamic-base-id', ...process.argv.slice(2)], {
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => proxy.kill(signal))

if (await isReady()) {
  console.log(`
Nuncio is running (pid ${proxy.pid}). Try, in another terminal:

  curl ${PROXY}/blue/            a service behind the proxy
  curl -i ${PROXY}/old/page      a redirect
  curl ${PROXY}/hello            answered by the proxy itself
  curl ${PROXY}/                 nine in ten to blue, the rest to green
  curl '${ADMIN}/stats?filter=front'

The admin page is ${ADMIN}/ and the configuration ${config}. Ctrl-C ends it.
`)
}

const code = await proxy.exited
for (const child of services) child.kill()
process.exit(code)

function service(name: string, port: number) {
  return Bun.spawn([process.execPath, join(import.meta.dir, 'service.ts'), name, String(port)], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
}

async function isReady(): Promise<boolean> {
  const limit = performance.now() + READY_WITHIN_MS
  while (proxy.exitCode === null && performance.now() < limit) {
    const answer = await fetch(`${ADMIN}/ready`).catch(() => undefined)
    if (answer?.status === 200) return true
    await Bun.sleep(50)
  }
  return false
}
