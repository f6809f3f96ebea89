import { describe, expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { FakeNetwork } from '../testing/fake-connection.ts'
import { lookUpOverTcp } from './tcp-resolver.ts'

function looking(servers: readonly string[], tries = 1) {
  const dispatcher = new SimulatedDispatcher()
  const network = new FakeNetwork()
  const deps = { dispatcher, connect: network.connect, random: { u32: () => 0x7_0102 } }
  const result = lookUpOverTcp(servers, 'app.test', 4, { timeoutMs: 1000, tries }, deps)
  return { dispatcher, network, result }
}

/** The question with its length, as an answer with this code and an address or none. */
function reply(code: number, address?: readonly number[]): string {
  const question = '\x03app\x04test\0\0\x01\0\x01'
  const record = address === undefined ? '' : `\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04${String.fromCharCode(...address)}`
  const count = address === undefined ? 0 : 1
  const message = `\x01\x02\x81${String.fromCharCode(0x80 | code)}\0\x01\0${String.fromCharCode(count)}\0\0\0\0${question}${record}`
  return `\0${String.fromCharCode(message.length)}${message}`
}

describe('lookups over TCP', () => {
  test('a question with its length, an answer in pieces', async () => {
    const { network, result } = looking(['192.0.2.1'])
    expect(network.last.options.address.text).toBe('192.0.2.1:53')
    network.last.connect()
    const text = reply(0, [127, 0, 0, 1])
    network.last.receive(text.slice(0, 1))
    network.last.receive(text.slice(1, 20))
    network.last.receive(text.slice(20))
    expect(await result).toEqual([{ ip: '127.0.0.1', ttlS: 60 }])
    expect(network.last.state).toBe('closed')
  })

  test.each([
    [reply(0), 'ENODATA'],
    [reply(3), 'ENOTFOUND'],
    [reply(2), 'ESERVFAIL'],
    ['\0\x01x', 'EBADRESP'],
    [reply(0, [127, 0, 0, 1]).replace('\x01\x02', '\x01\x03'), 'EBADRESP'],
  ])('%j', async (text, code) => {
    const { network, result } = looking(['[::1]:5353'])
    network.last.connect()
    network.last.receive(text)
    expect(await result).toBe(code)
  })

  test('servers that do not answer are followed by the next ones, as often as is said', async () => {
    const { network, dispatcher, result } = looking(['192.0.2.1', '192.0.2.2:54'], 2)
    network.last.refuse()
    await Promise.resolve()
    await Promise.resolve()
    expect(network.last.options.address.text).toBe('192.0.2.2:54')
    for (let i = 0; i < 10; i++) {
      dispatcher.advance(1000)
      await Promise.resolve()
    }
    expect(await result).toBe('ETIMEOUT')
    expect(network.connections.length).toBe(4)
  })
})
