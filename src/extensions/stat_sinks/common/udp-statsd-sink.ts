/** Statistics in the lines of statsd, over UDP (Envoy's UdpStatsdSink). */
import type { HistogramUnit } from '../../../api/stats.ts'
import type { MetricSnapshot, StatsSink, SunkName } from '../../../api/stats-sink.ts'
import { DatagramSender } from '../../../network/datagram-sender.ts'
import type { UdpSinkConfig } from './udp-sink-config.ts'

/** How tags are written; without: they stay in the name. */
export interface TagFormat {
  readonly start: string
  readonly assign: string
  readonly separator: string
  readonly position: 'after-name' | 'after-value'
}

/** Fractions of 1, with the digits that a C++ stream prints. */
const PERCENT_DIGITS = 6

export class UdpStatsdSink implements StatsSink {
  readonly #prefix: string
  readonly #maxBytes: number
  readonly #format: TagFormat | undefined
  readonly #sender: Pick<DatagramSender, 'send' | 'close'>

  constructor(
    config: UdpSinkConfig,
    format: TagFormat | undefined,
    sender: Pick<DatagramSender, 'send' | 'close'> = new DatagramSender(config.address!),
  ) {
    this.#prefix = config.prefix
    this.#maxBytes = config.maxBytesPerDatagram
    this.#format = format
    this.#sender = sender
  }

  flush({ counters, gauges }: MetricSnapshot): void {
    const datagrams = new Datagrams(this.#sender, this.#maxBytes)
    for (const { name, delta } of counters) datagrams.add(this.#line(name, String(delta), '|c'))
    for (const { name, value } of gauges) datagrams.add(this.#line(name, String(value), '|g'))
    datagrams.end()
  }

  /** At once and alone. statsd knows times only; what is none passes for one. */
  histogramValue(name: SunkName, unit: HistogramUnit, value: number): void {
    const isPercent = unit === 'percent'
    const text = String(isPercent ? Number(value.toPrecision(PERCENT_DIGITS)) : Math.floor(value))
    this.#sender.send(this.#line(name, text, isPercent ? '|h' : '|ms'))
  }

  close(): void {
    this.#sender.close()
  }

  #line(name: SunkName, value: string, type: string): string {
    const format = this.#format
    if (format === undefined) return `${this.#prefix}.${name.full}:${value}${type}`
    const tags = tagText(name, format)
    return format.position === 'after-name'
      ? `${this.#prefix}.${name.base}${tags}:${value}${type}`
      : `${this.#prefix}.${name.base}:${value}${type}${tags}`
  }
}

function tagText({ tags }: SunkName, { start, assign, separator }: TagFormat): string {
  if (tags.length === 0) return ''
  return start + tags.map((tag) => tag.name + assign + tag.value).join(separator)
}

/** Gathers lines. */
class Datagrams {
  readonly #sender: Pick<DatagramSender, 'send'>
  readonly #maxBytes: number
  #text = ''

  constructor(sender: Pick<DatagramSender, 'send'>, maxBytes: number) {
    this.#sender = sender
    this.#maxBytes = maxBytes
  }

  add(line: string): void {
    if (line.length >= this.#maxBytes) return this.#sender.send(line)
    if (this.#text.length + line.length + 1 > this.#maxBytes) this.end()
    this.#text += this.#text === '' ? line : `\n${line}`
  }

  end(): void {
    if (this.#text !== '') this.#sender.send(this.#text)
    this.#text = ''
  }
}
