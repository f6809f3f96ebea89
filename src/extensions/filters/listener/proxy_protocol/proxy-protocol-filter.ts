/** Takes the PROXY protocol header off a connection: its addresses become the connection's, its extensions are noted. */
import type { ListenerFilter, ListenerFilterBuffer, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { Address, FilterStatus } from '../../../../api/network.ts'
import type { FilterStateObject, StreamInfo } from '../../../../api/stream-info.ts'
import { formatIp } from '../../../../base/ip-bits.ts'
import type { ProxyEndpoint, ProxyHeader } from '../../../../codec/proxy_protocol/proxy-header.ts'
import { isUnicast } from '../../../../codec/proxy_protocol/proxy-header.ts'
import { ProxyHeaderReader } from '../../../../codec/proxy_protocol/proxy-header-reader.ts'
import type { Tlv } from '../../../../codec/proxy_protocol/read-tlvs.ts'
import {
  PROXY_PROTOCOL_OPTIONS,
  ProxyProtocolOptions,
} from '../../../../codec/proxy_protocol/proxy-protocol-options.ts'
import { readTlvs } from '../../../../codec/proxy_protocol/read-tlvs.ts'
import { canonicalIpAddress } from '../../../../network/address.ts'
import type { ProxyProtocolConfig } from './config.ts'
import type { ProxyProtocolStats } from './stats.ts'
import { tlvText } from './tlv-text.ts'

export interface ProxyProtocolShared {
  readonly config: ProxyProtocolConfig
  readonly stats: ProxyProtocolStats
}

const TLV_KEY = 'envoy.network.proxy_protocol.tlv'
/** The largest version 2 header without extensions: two paths of sockets. */
const FIRST_LOOK = 16 + 216

type Outcome = 'more' | 'done' | 'disallowed' | 'error'

export class ProxyProtocolFilter implements ListenerFilter {
  maxReadBytes = FIRST_LOOK
  readonly #shared: ProxyProtocolShared
  readonly #reader: ProxyHeaderReader
  #callbacks: ListenerFilterCallbacks | undefined = undefined
  #header: ProxyHeader | undefined = undefined

  constructor(shared: ProxyProtocolShared) {
    this.#shared = shared
    this.#reader = new ProxyHeaderReader(shared.config.header)
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.#callbacks = callbacks
    return 'stop'
  }

  onData(buffer: ListenerFilterBuffer): FilterStatus {
    const callbacks = this.#callbacks
    if (callbacks === undefined) return 'stop'
    const outcome = this.#read(buffer, callbacks)
    this.#count(outcome)
    if (outcome === 'done') return 'continue'
    if (outcome !== 'more') callbacks.close()
    return 'stop'
  }

  #read(buffer: ListenerFilterBuffer, callbacks: ListenerFilterCallbacks): Outcome {
    const { bytes } = buffer
    if (this.#header === undefined) {
      const found = this.#reader.read(bytes)
      if (found === 'none') return 'done'
      if (typeof found === 'string') return found
      this.#header = found
    }
    const header = this.#header
    const whole = header.length + header.extensionsLength
    if (whole > this.maxReadBytes) this.maxReadBytes = whole
    if (bytes.length < whole) return 'more'
    if (!this.#take(header, bytes.subarray(header.length, whole), callbacks)) return 'error'
    buffer.drain(whole)
    return 'done'
  }

  /** False: it makes no sense. */
  #take({ addresses }: ProxyHeader, extensions: Uint8Array, { info, streamInfo }: ListenerFilterCallbacks): boolean {
    // Extensions of a connection that is the proxy's own are not looked at.
    const tlvs = addresses === undefined ? [] : readTlvs(extensions)
    if (tlvs === undefined) return false
    this.#note(tlvs, streamInfo)
    const source = addresses === undefined ? info.remoteAddress : addressOf(addresses.source)
    const destination = addresses === undefined ? info.localAddress : addressOf(addresses.destination)
    if (streamInfo.filterState.get(PROXY_PROTOCOL_OPTIONS) === undefined) {
      const passed = tlvs.filter(({ type }) => this.#passesThrough(type)).map(copyOf)
      streamInfo.filterState.set(PROXY_PROTOCOL_OPTIONS, new ProxyProtocolOptions(source, destination, passed))
    }
    if (addresses === undefined) return true
    if (!isUnicast(addresses.source.ip) || !isUnicast(addresses.destination.ip)) return false
    if (destination.text !== info.localAddress.text) info.restoreLocalAddress?.(destination)
    info.remoteAddress = source
    return true
  }

  #note(tlvs: readonly Tlv[], streamInfo: StreamInfo): void {
    const { rules, tlvLocation } = this.#shared.config
    if (rules.size === 0) return
    const found: Record<string, string> = {}
    for (const { type, value } of tlvs) {
      const rule = rules.get(type)
      if (rule === undefined) continue
      const text = tlvText(value, rule.encoding)
      if (tlvLocation === 'FILTER_STATE') found[rule.key] = text
      else noteInMetadata(streamInfo, rule.namespace, rule.key, text)
    }
    if (Object.keys(found).length > 0) streamInfo.filterState.set(TLV_KEY, tlvObject(found))
  }

  #passesThrough(type: number): boolean {
    const { passThrough } = this.#shared.config
    return passThrough === 'all' || passThrough.has(type)
  }

  #count(outcome: Outcome): void {
    const { stats } = this.#shared
    if (outcome === 'more') return
    if (outcome === 'error') stats.errors.inc()
    const { version } = this.#reader
    if (version === undefined) {
      if (outcome === 'done') stats.notFoundAllowed.inc()
      else stats.notFoundDisallowed.inc()
      return
    }
    const own = version === 1 ? stats.v1 : stats.v2
    if (outcome === 'error') return own.error.inc()
    own.found.inc()
    if (outcome === 'disallowed') own.disallowed.inc()
  }
}

/** The first of several stays. */
function noteInMetadata(streamInfo: StreamInfo, namespace: string, key: string, text: string): void {
  const before = streamInfo.dynamicMetadata?.get(namespace)
  if (before === undefined || !Object.hasOwn(before, key)) streamInfo.setDynamicMetadata(namespace, { [key]: text })
}

function tlvObject(fields: Readonly<Record<string, string>>): FilterStateObject {
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { serializeAsString: () => JSON.stringify(sorted), serializeAsJson: () => sorted }
}

/** The bytes that it is part of belong to the connection. */
function copyOf({ type, value }: Tlv): Tlv {
  return { type, value: value.slice() }
}

function addressOf({ ip, port }: ProxyEndpoint): Address {
  return canonicalIpAddress(ip.family, formatIp(ip), port)
}
