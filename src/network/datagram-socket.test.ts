import { describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { parseIpAddress, pipeAddress } from './address.ts'
import type { DatagramOptions } from './datagram-socket.ts'
import { openDatagrams } from './datagram-socket.ts'

const options = (port: number): DatagramOptions => ({
  peer: parseIpAddress('127.0.0.1', port),
  source: undefined,
  socketOptions: [],
  mostBytes: 8,
})

describe('datagram sockets', () => {
  test('send to their peer and hear it, up to a length', async () => {
    const dispatcher = new LiveDispatcher('main_thread')
    const peer = createSocket('udp4')
    await new Promise<void>((resolve) => peer.bind(0, '127.0.0.1', resolve))
    peer.on('message', (data, { port }) => {
      for (const answer of [data.toString(), '', 'much too long']) peer.send(answer, port, '127.0.0.1')
    })
    const heard: string[] = []
    const all = Promise.withResolvers<void>()
    const socket = openDatagrams(dispatcher, options(peer.address().port), {
      onDatagram: (bytes) => {
        if (heard.push(Buffer.from(bytes).toString()) === 3) all.resolve()
      },
      onError: () => all.reject(new Error('no peer')),
    })
    socket!.send(Buffer.from('hello'))
    await all.promise
    expect(heard).toEqual(['hello', '', 'much too'])
    socket!.close()
    peer.close()
    dispatcher.close()
  })

  test('hear that nobody is there', async () => {
    const dispatcher = new LiveDispatcher('main_thread')
    const failed = Promise.withResolvers<void>()
    const socket = openDatagrams(dispatcher, options(1), { onDatagram: () => undefined, onError: failed.resolve })
    socket!.send(Buffer.from('hello'))
    await failed.promise
    socket!.close()
    dispatcher.close()
  })

  test('are none where the system has none', () => {
    const dispatcher = new LiveDispatcher('main_thread')
    const nobody = { onDatagram: () => undefined, onError: () => undefined }
    expect(openDatagrams(dispatcher, { ...options(1), peer: pipeAddress('/nowhere', 0) }, nobody)).toBeUndefined()
    const source = parseIpAddress('203.0.113.7', 0)
    expect(openDatagrams(dispatcher, { ...options(1), source }, nobody)).toBeUndefined()
    dispatcher.close()
  })
})
