import { type StatName, tokensText } from './stat-name.ts'
import type { FoundTag, TagExtractor } from './tag-extractor.ts'

/*
 * Tags whose place in the name is not a whole token, and listener addresses, which contain dots themselves.
 */

/** `…_rq_200`: the code, with the underscore before it. */
export const responseCode: TagExtractor = {
  tag: 'envoy.response_code',
  firstToken: undefined,
  find: ({ text }) => {
    const digits = text.length - 3
    if (!/_rq_\d{3}$/.test(text)) return undefined
    return { value: text.slice(digits), start: digits - 1, end: text.length }
  },
}

/** `…_rq_2xx`: the digit alone. */
export const responseCodeClass: TagExtractor = {
  tag: 'envoy.response_code_class',
  firstToken: undefined,
  find: ({ text }) => {
    if (!/_rq_\dxx$/.test(text)) return undefined
    const digit = text.length - 3
    return { value: text.charAt(digit), start: digit, end: digit + 1 }
  },
}

/** `http.<prefix>.dynamodb.table.<table>.capacity.<operation>.__partition_id=<last seven characters>`. */
export const dynamoPartition: TagExtractor = {
  tag: 'envoy.dynamo_partition_id',
  firstToken: 'http',
  find: ({ text, tokens, starts }) => {
    const [, , dynamodb, table, , capacity, , partition] = tokens
    if (tokens.length !== 8 || dynamodb !== 'dynamodb' || table !== 'table' || capacity !== 'capacity') return undefined
    const value = /^__partition_id=(\w{7})$/.exec(partition ?? '')?.[1]
    return value === undefined ? undefined : { value, start: (starts[7] ?? 0) - 1, end: text.length }
  },
}

/** How many tokens after `listener` make up its address. */
function addressTokens({ tokens }: StatName): number {
  const isIpv4 = /^\d{1,3}(\.\d{1,3}){3}_\d+$/.test(tokens.slice(1, 5).join('.'))
  return isIpv4 ? 4 : 1
}

/** `listener.<address>.…`, but not `listener.admin.…`. */
export const listenerAddress: TagExtractor = {
  tag: 'envoy.listener_address',
  firstToken: 'listener',
  find: (name) => {
    const last = addressTokens(name)
    const rest = name.starts[last + 1]
    if (rest === undefined) return undefined
    const value = tokensText(name, 1, last)
    return value === 'admin' || value === '' ? undefined : { value, start: name.starts[1] ?? 0, end: rest }
  },
}

const WITH_WORKERS: ReadonlySet<string> = new Set(['server', 'listener_manager', 'thread_local_cluster_manager'])

/** `listener.<address>.worker_<id>.…` and a few more: the number with the dot after it. */
export const workerId: TagExtractor = {
  tag: 'envoy.worker_id',
  firstToken: undefined,
  find: (name) => {
    const [first] = name.tokens
    const at = first === 'listener' ? 1 + addressTokens(name) : 1
    if (at === 1 && !WITH_WORKERS.has(first ?? '')) return undefined
    return workerAt(name, at)
  },
}

function workerAt(name: StatName, at: number): FoundTag | undefined {
  const value = /^worker_(\d+)$/.exec(name.tokens[at] ?? '')?.[1]
  const rest = name.starts[at + 1]
  return value === undefined || rest === undefined ? undefined : { value, start: rest - 1 - value.length, end: rest }
}

/** `proxy_proto.[<prefix>.]versions.v<n>.<stat>`: all of it but the first and the last token. */
export const proxyProtocolVersion: TagExtractor = {
  tag: 'envoy.proxy_protocol_version',
  firstToken: 'proxy_proto',
  find: ({ tokens, starts }) => {
    const version = tokens.length - 2
    if (version < 2 || version > 3 || tokens[version - 1] !== 'versions') return undefined
    const value = /^v([12])$/.exec(tokens[version] ?? '')?.[1]
    return value === undefined ? undefined : { value, start: starts[1] ?? 0, end: starts[version + 1] ?? 0 }
  },
}
