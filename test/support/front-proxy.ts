/* The front-proxy example on free ports, and what must come out of it. Run against every form that Nuncio ships in. */
import { expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts, startProxy } from './proxy-process.ts'

const folder = join(import.meta.dir, '../../examples/front-proxy')

/** Starts `command` on the example with its services, asks everything the example shows, and ends it all. */
export async function expectFrontProxyWorks(command: readonly string[]): Promise<void> {
  const [listener, admin, blue, green] = freePorts(4) as [number, number, number, number]
  const config = readFileSync(join(folder, 'envoy.yaml'), 'utf8')
    .replace('port_value: 10000', `port_value: ${listener}`)
    .replace('port_value: 9901', `port_value: ${admin}`)
    .replace('port_value: 10001', `port_value: ${blue}`)
    .replace('port_value: 10002', `port_value: ${green}`)
  await using services = {
    [Symbol.asyncDispose]: await startServices([
      ['blue', blue],
      ['green', green],
    ]),
  }
  await using proxy = await startProxy([...command, '--concurrency', '2'], config, admin)
  void services

  const front = `http://127.0.0.1:${listener}`
  expect(await text(`${front}/hello`)).toBe('hello from the proxy\n')
  const blueAnswer = await text(`${front}/blue/path?x=1`)
  expect(blueAnswer).toStartWith('blue received GET /path?x=1\n')
  expect(blueAnswer).toContain('x-envoy-original-path: /blue/path?x=1')
  expect(blueAnswer).toContain('x-forwarded-proto: http')
  const viaGreen = await fetch(`${front}/green/`)
  expect(await viaGreen.text()).toContain('x-door: front')
  expect(viaGreen.headers.get('x-powered-by')).toBeNull()
  expect(viaGreen.headers.get('x-served-by')).toBe('green')
  const redirect = await fetch(`${front}/old/page`, { redirect: 'manual' })
  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, `${front}/blue/page`])
  expect(await text(front)).toMatch(/^(?:blue|green) received GET \//)
  expect(await echo(`ws://127.0.0.1:${listener}/echo`, 'over the proxy')).toBe('over the proxy')
  expect(await text(`http://127.0.0.1:${admin}/stats?filter=%5Ehttp.front.downstream_rq_2xx`)).toMatch(
    /^http\.front\.downstream_rq_2xx: [4-9]\n$/,
  )
  expect(await proxy.stop()).toBe(0)
  expect(proxy.output()).toContain('"GET /hello HTTP/1.1" 200 - 0 21 ')
}

async function startServices(list: readonly (readonly [string, number])[]): Promise<() => Promise<void>> {
  const children = list.map(([name, port]) =>
    Bun.spawn([process.execPath, join(folder, 'service.ts'), name, String(port)], { stdin: 'ignore', stdout: 'pipe' }),
  )
  for (const child of children) await child.stdout.getReader().read() // each says where it listens
  return async () => {
    for (const child of children) {
      child.kill()
      await child.exited
    }
  }
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text()
}

function echo(url: string, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.onopen = () => socket.send(message)
    socket.onmessage = (event) => {
      socket.close()
      resolve(String(event.data))
    }
    socket.onerror = () => reject(new Error(`no WebSocket at ${url}`))
  })
}
