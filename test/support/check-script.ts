/* Hosts for health checks that are not HTTP: they say what their script tells them, and remember what they were asked. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** Said in order, a few milliseconds apart, to each piece that comes. `END`: a FIN; `RESET`. */
export type Sayings = readonly string[]

export interface CheckScript {
  readonly udp?: true
  readonly greets?: string
  readonly says?: Sayings
  /** In place of `says`: one after the other, the last one again and again. */
  readonly turns?: readonly Sayings[]
}

export interface ScriptedHost {
  readonly port: number
  /** Of each connection (or datagram), as latin1. */
  readonly received: readonly string[]
  close(): void
}

const APART_MS = 5

export function scriptedHost(script: CheckScript): Promise<ScriptedHost> {
  return script.udp === true ? datagramHost(script) : streamHost(script)
}

async function streamHost(script: CheckScript): Promise<ScriptedHost> {
  const received: string[] = []
  const open = new Set<Socket>()
  const sayings = inTurn(script)
  const server = createServer((socket) => {
    const index = received.push('') - 1
    open.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    if (script.greets !== undefined) socket.write(script.greets, 'latin1')
    socket.on('data', (data) => {
      received[index] += data.toString('latin1')
      saySlowly(sayings(), (text) => {
        if (text === 'END') socket.end()
        else if (text === 'RESET') socket.resetAndDestroy()
        else socket.write(text, 'latin1')
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    for (const socket of open) socket.destroy()
    server.close()
  }
  return { port, received, close }
}

async function datagramHost(script: CheckScript): Promise<ScriptedHost> {
  const received: string[] = []
  const sayings = inTurn(script)
  const socket = createSocket('udp4')
  socket.on('message', (data, { port, address }) => {
    received.push(data.toString('latin1'))
    saySlowly(sayings(), (text) => socket.send(Buffer.from(text, 'latin1'), port, address))
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { port: socket.address().port, received, close: () => socket.close() }
}

function inTurn({ says = [], turns }: CheckScript): () => Sayings {
  let turn = 0
  return () => turns?.[Math.min(turn++, turns.length - 1)] ?? says
}

/** The first at once; an end comes with what is before it. */
function saySlowly(sayings: Sayings, say: (text: string) => void): void {
  let afterMs = 0
  for (const [index, text] of sayings.entries()) {
    if (index > 0 && text !== 'END') afterMs += APART_MS
    if (afterMs === 0) say(text)
    else setTimeout(() => say(text), afterMs)
  }
}
