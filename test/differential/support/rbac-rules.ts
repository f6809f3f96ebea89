/* RBAC rules and matchers made by chance, for requests or for connections as such. */
import { Dice } from './dice.ts'

const T = 'type.googleapis.com/'
const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const typed = (type: string, fields: object = {}) => ({
  name: 'x',
  typed_config: { '@type': `${T}${type}`, ...fields },
})

const HEADERS = ['x-a', 'x-b', ':method', ':authority', 'user-agent', 'x-none']
export const TEXTS = ['1', '2', 'a', 'A', 'ab', 'b.test', 'GET', 'POST', '/p', '', '12', 'É', 'admin']

export class RbacRules {
  readonly #dice: Dice
  /** Network filters know no headers. */
  readonly #ofConnections: boolean

  constructor(seed: number, ofConnections = false) {
    this.#ofConnections = ofConnections
    this.#dice = new Dice(seed)
  }

  text(more: object = {}): object {
    const dice = this.#dice
    const ignore_case = dice.oneIn(4)
    const value = dice.oneOf(TEXTS) || 'a'
    const kind = dice.oneOf(['exact', 'prefix', 'suffix', 'contains', 'safe_regex'])
    if (kind !== 'safe_regex') return { [kind]: value, ...(ignore_case && { ignore_case }) }
    return {
      safe_regex: { regex: dice.oneOf(['.', '[0-9]+', 'a.*', '(?i)A', '.*b.*', '1|2', '[^/]*', '/x.*']), ...more },
    }
  }

  value(depth = 2): object {
    const dice = this.#dice
    switch (dice.roll(depth > 0 ? 8 : 5)) {
      case 0:
        return { string_match: this.text() }
      case 1:
        return { bool_match: dice.oneIn(2) }
      case 2:
        return { present_match: dice.oneIn(2) }
      case 3:
        return { null_match: {} }
      case 4:
        return {
          double_match: dice.oneIn(2)
            ? { exact: dice.roll(4) }
            : { range: { start: dice.roll(3), end: 2 + dice.roll(3) } },
        }
      case 5:
      case 6:
        return { list_match: { one_of: this.value(depth - 1) } }
      default:
        return { or_match: { value_matchers: [this.value(depth - 1), this.value(depth - 1)] } }
    }
  }

  metadata(): object {
    const dice = this.#dice
    return {
      filter: dice.oneOf(['test', 'test', 'none']),
      path: [
        { key: dice.oneOf(['role', 'list', 'flag', 'number', 'nothing', 'deep', 'absent']) },
        ...(dice.oneIn(3) ? [{ key: 'k' }] : []),
      ],
      value: this.value(),
      ...(dice.oneIn(4) && { invert: true }),
    }
  }

  header(): object {
    const dice = this.#dice
    const name = dice.oneOf(HEADERS)
    const more = {
      ...(dice.oneIn(4) && { invert_match: true }),
      ...(dice.oneIn(4) && { treat_missing_header_as_empty: true }),
    }
    const kind = dice.roll(5)
    if (kind === 0) return { name, present_match: dice.oneIn(2), ...more }
    if (kind === 1) return { name, range_match: { start: dice.roll(3), end: 2 + dice.roll(12) }, ...more }
    return kind === 2 ? { name, ...more } : { name, string_match: this.text(), ...more }
  }

  range(): object {
    return this.#dice.oneOf([
      { address_prefix: '127.0.0.0', prefix_len: 8 },
      { address_prefix: '127.0.0.1', prefix_len: 32 },
      { address_prefix: '10.1.0.0', prefix_len: 16 },
      { address_prefix: '::1', prefix_len: 128 },
      { address_prefix: '0.0.0.0', prefix_len: 0 },
      { address_prefix: '10.1.1.1' },
    ])
  }

  shared(): object {
    switch (this.#dice.roll(6)) {
      case 0:
        return { any: true }
      case 1:
      case 2:
        return this.#ofConnections ? { any: true } : { header: this.header() }
      case 3:
        return { url_path: { path: this.text() } }
      case 4:
        return { metadata: this.metadata() }
      default: {
        const metadata_source = this.#dice.oneOf(['DYNAMIC', 'ROUTE'])
        return { sourced_metadata: { metadata_matcher: this.metadata(), metadata_source } }
      }
    }
  }

  permission(depth = 2): object {
    const dice = this.#dice
    const set = () => dice.some(1, 3, () => this.permission(depth - 1))
    switch (dice.roll(depth > 0 ? 14 : 11)) {
      case 0:
        return { destination_ip: this.range() }
      case 1:
        return { destination_port: dice.oneOf([1, 80]) }
      case 2:
        return { destination_port_range: { start: dice.roll(2), end: dice.oneOf([2, 65_536]) } }
      case 3:
        return { requested_server_name: this.text() }
      case 4:
        return {
          uri_template: typed('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', {
            path_template: dice.oneOf(['/{a}/{b}', '/*/x', '/**', '/{r}/x/{rest=**}']),
          }),
        }
      case 5:
        return {
          matcher: typed('envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher', {
            upstream_port_range: { start: '1', end: '65536' },
          }),
        }
      case 11:
        return { and_rules: { rules: set() } }
      case 12:
        return { or_rules: { rules: set() } }
      case 13:
        return { not_rule: this.permission(depth - 1) }
      default:
        return this.shared()
    }
  }

  principal(depth = 2): object {
    const dice = this.#dice
    const set = () => dice.some(1, 3, () => this.principal(depth - 1))
    switch (dice.roll(depth > 0 ? 14 : 11)) {
      case 0:
        return { source_ip: this.range() }
      case 1:
        return { direct_remote_ip: this.range() }
      case 2:
        return { remote_ip: this.range() }
      case 3:
        return { authenticated: dice.oneIn(2) ? {} : { principal_name: this.text() } }
      case 4:
        return { filter_state: { key: dice.oneOf(['text', 'none']), string_match: this.text() } }
      case 5:
        return {
          filter_state: {
            key: dice.oneOf(['ip', 'text']),
            address_match: { ranges: [this.range()], invert_match: dice.oneIn(2) },
          },
        }
      case 6:
        return {
          custom: typed('envoy.extensions.rbac.principals.mtls_authenticated.v3.Config', {
            any_validated_client_certificate: true,
          }),
        }
      case 11:
        return { and_ids: { ids: set() } }
      case 12:
        return { or_ids: { ids: set() } }
      case 13:
        return { not_id: this.principal(depth - 1) }
      default:
        return this.shared()
    }
  }

  rules(): object {
    const dice = this.#dice
    const policies: Record<string, object> = {}
    for (const name of dice.some(0, 3, () => dice.oneOf(['p', 'b c', 'é', 'Z', '10', '9']))) {
      policies[name] = {
        permissions: dice.some(1, 2, () => this.permission()),
        principals: dice.some(1, 2, () => this.principal()),
      }
    }
    return { action: dice.oneOf(['ALLOW', 'ALLOW', 'DENY', 'LOG']), policies }
  }

  input(): object {
    const dice = this.#dice
    const header = () =>
      typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: dice.oneOf(HEADERS) })
    return dice.oneOf([
      ...(this.#ofConnections ? [] : [header(), header()]),
      typed(`${NETWORK}.SourceIPInput`),
      typed(`${NETWORK}.DestinationIPInput`),
      typed(`${NETWORK}.DirectSourceIPInput`),
      typed(`${NETWORK}.ServerNameInput`),
      typed(`${NETWORK}.FilterStateInput`, { key: 'text' }),
    ])
  }

  predicate(depth: number): object {
    const dice = this.#dice
    const list = () => ({ predicate: dice.some(2, 3, () => this.predicate(depth - 1)) })
    switch (depth > 0 ? dice.roll(5) : 0) {
      case 1:
        return { or_matcher: list() }
      case 2:
        return { and_matcher: list() }
      case 3:
        return { not_matcher: this.predicate(depth - 1) }
      default:
        return { single_predicate: { input: this.input(), value_match: this.text({ google_re2: {} }) } }
    }
  }

  onMatch(depth: number): object {
    const dice = this.#dice
    if (depth > 0 && dice.oneIn(3)) return { matcher: this.tree(depth - 1) }
    const action = dice.oneOf(['ALLOW', 'DENY', 'LOG'])
    return { action: typed('envoy.config.rbac.v3.Action', { name: `${action} ${dice.roll(20)}`, action }) }
  }

  tree(depth = 2): object {
    const dice = this.#dice
    const otherwise = dice.oneIn(2) ? { on_no_match: this.onMatch(depth) } : {}
    const kind = dice.roll(4)
    if (kind === 0) {
      const matchers = dice.some(1, 3, () => ({ predicate: this.predicate(2), on_match: this.onMatch(depth) }))
      return { matcher_list: { matchers }, ...otherwise }
    }
    const map: Record<string, object> = {}
    for (const key of dice.some(1, 4, () => dice.oneOf([...TEXTS, '127.0.0.1', '127', 'state 1']))) {
      if (key !== '') map[key] = this.onMatch(depth)
    }
    if (Object.keys(map).length === 0) map['1'] = this.onMatch(depth)
    const tree_type =
      kind === 1 ? { exact_match_map: { map } } : kind === 2 ? { prefix_match_map: { map } } : this.custom(depth)
    return { matcher_tree: { input: this.input(), ...tree_type }, ...otherwise }
  }

  custom(depth: number): object {
    const range = () => ({
      ranges: [
        this.#dice.oneOf([
          { address_prefix: '127.0.0.0', prefix_len: 8 },
          { address_prefix: '10.0.0.0', prefix_len: 8 },
        ]),
      ],
      on_match: this.onMatch(depth),
      ...(this.#dice.oneIn(3) && { exclusive: true }),
    })
    return { custom_match: typed('xds.type.matcher.v3.IPMatcher', { range_matchers: this.#dice.some(1, 2, range) }) }
  }

  filter(): object {
    const dice = this.#dice
    const enforced = dice.oneIn(3) ? { matcher: this.tree() } : { rules: this.rules() }
    const shadow = dice.oneIn(3) ? {} : dice.oneIn(3) ? { shadow_matcher: this.tree() } : { shadow_rules: this.rules() }
    return { ...enforced, ...shadow, ...(dice.oneIn(2) && { track_per_rule_stats: true }) }
  }
}
