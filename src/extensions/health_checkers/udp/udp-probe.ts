/** Asks by a datagram, each time from a socket of its own; other datagrams than the one that is wanted say nothing. */
import type { Dispatcher } from '../../../api/event.ts'
import type { Datagrams, OpenDatagrams } from '../../../network/datagram-socket.ts'
import type { CheckedHost } from '../../../upstream/health-check/custom-health-check.ts'
import type { Probe } from '../../../upstream/health-check/probe.ts'
import { NETWORK_FAILURE } from '../../../upstream/health-check/probe.ts'
import type { UdpCheckConfig } from './config.ts'

export class UdpProbe implements Probe {
  readonly #config: UdpCheckConfig
  readonly #dispatcher: Dispatcher
  readonly #host: CheckedHost
  readonly #open: OpenDatagrams
  /** Told apart from those before. */
  #question = 0
  #isAsked = false
  #socket: Datagrams | undefined = undefined
  /** Of the question before: the port stays taken until the next one has its own, so that late answers go nowhere. */
  #retired: Datagrams | undefined = undefined

  constructor(config: UdpCheckConfig, dispatcher: Dispatcher, host: CheckedHost, open: OpenDatagrams) {
    this.#config = config
    this.#dispatcher = dispatcher
    this.#host = host
    this.#open = open
  }

  ask(): void {
    const { address, sourceAddress, socketOptions } = this.#host
    const question = ++this.#question
    this.#isAsked = true
    // A port that is always the same cannot be taken twice.
    if (sourceAddress !== undefined && sourceAddress.port !== 0) this.#closeRetired()
    const options = {
      peer: address,
      source: sourceAddress,
      socketOptions,
      // One more, to see that an answer is too long.
      mostBytes: this.#config.receive.length + 1,
    }
    this.#socket = this.#open(this.#dispatcher, options, {
      onDatagram: (bytes) => {
        if (Buffer.compare(bytes, this.#config.receive) === 0) this.#finish(question, true)
      },
      onError: () => this.#finish(question, false),
    })
    if (this.#socket !== undefined) this.#closeRetired()
    this.#dispatcher.post(() => this.#send(question))
  }

  onTimeout(): void {
    this.#retire()
  }

  close(): void {
    this.#retire()
    this.#closeRetired()
  }

  #send(question: number): void {
    if (!this.#isAsked || question !== this.#question) return
    if (this.#socket === undefined) this.#finish(question, false)
    else this.#socket.send(this.#config.send)
  }

  #finish(question: number, isWell: boolean): void {
    if (!this.#isAsked || question !== this.#question) return
    this.#retire()
    if (isWell) this.#host.results.succeeded(false)
    else this.#host.results.failed(NETWORK_FAILURE)
  }

  #retire(): void {
    this.#isAsked = false
    if (this.#socket === undefined) return
    this.#closeRetired()
    this.#retired = this.#socket
    this.#socket = undefined
  }

  #closeRetired(): void {
    this.#retired?.close()
    this.#retired = undefined
  }
}
