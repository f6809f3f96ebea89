/* What differs between two runs of the same program is replaced before anything is compared. */

export interface Places {
  /** By their port: listeners, the admin server and backends. */
  readonly ports: ReadonlyMap<number, string>
  readonly folder: string
}

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const HTTP_DATE = /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\b/g
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z/g
/** It counts down on retries. */
const EXPECTED_TIMEOUT = /(x-envoy-expected-rq-timeout-ms: )(\d+)/gi
const FORWARDED_PORT = /(x-forwarded-port: )(\d+)/gi
const SERVICE_TIME = /(x-envoy-upstream-service-time: )\d+/gi

export function masked(text: string, { ports, folder }: Places): string {
  return text
    .replaceAll(folder, '<folder>')
    .replace(UUID, '<uuid>')
    .replace(HTTP_DATE, '<date>')
    .replace(ISO_TIME, (_all, fraction: string | undefined) => `<time.${fraction?.length ?? 0}>`)
    .replace(FORWARDED_PORT, (_all, name: string, port: string) => `${name}<${ports.get(Number(port)) ?? port}>`)
    .replace(SERVICE_TIME, '$1<ms>')
    .replace(EXPECTED_TIMEOUT, (_all, name: string, ms: string) => `${name}${Math.ceil(Number(ms) / 500) * 500}`)
    .replace(/(127\.0\.0\.1|\[::1\]|localhost)([:_])(\d{2,5})\b/g, (_all, host: string, mark: string, port: string) => {
      return `${host}${mark}<${ports.get(Number(port)) ?? 'port'}>`
    })
    .replace(/("port_value": ?)(\d+)/g, (_all, key: string, port: string) => {
      return `${key}"<${ports.get(Number(port)) ?? 'port'}>"`
    })
}

/** The same for every string and key inside. */
export function maskedValue(value: unknown, places: Places): unknown {
  if (typeof value === 'string') return masked(value, places)
  if (Array.isArray(value)) return value.map((each) => maskedValue(each, places))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'port_value' && typeof inner === 'number') return [key, places.ports.get(inner) ?? 'port']
      return [masked(key, places), maskedValue(inner, places)]
    }),
  )
}
