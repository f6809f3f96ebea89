/* NU130 to NU199: what can be wrong with addresses, listeners, routes, clusters and filters. */
import type { CatalogueEntry } from './catalogue-entry.ts'

export const resourceFindings: readonly CatalogueEntry[] = [
  {
    id: 'NU131',
    title: 'not an IP address',
    text: 'Listeners, STATIC endpoints and address ranges want a numeric address. Names are for STRICT_DNS and LOGICAL_DNS clusters.',
  },
  {
    id: 'NU132',
    title: 'named port',
    text: 'Ports are numbers here: write port_value.',
  },
  {
    id: 'NU133',
    title: 'bad pipe path',
    text: 'A path of a Unix domain socket has at most 107 bytes; an abstract one begins with @ and has no mode.',
  },
  {
    id: 'NU134',
    title: 'ipv4_compat without IPv4',
    text: 'Only a listener on :: or on an IPv4-mapped address (::ffff:1.2.3.4) has IPv4 clients besides IPv6 ones.',
  },
  {
    id: 'NU140',
    title: 'listener without filter chains',
    text: 'A TCP listener needs at least one filter chain.',
  },
  {
    id: 'NU141',
    title: 'filter chains that cannot be told apart',
    text: 'Two filter chains have the same matching rules.',
  },
  { id: 'NU142', title: 'listener without address', text: 'Every listener says where it listens.' },
  { id: 'NU143', title: 'filter chains of one name', text: 'Names of filter chains are unique in a listener.' },
  { id: 'NU144', title: 'partial wildcard', text: 'server_names may begin with "*." and have no other wildcard.' },
  {
    id: 'NU145',
    title: 'address taken twice',
    text: 'Two listeners of different names have the same address and port.',
  },
  {
    id: 'NU150',
    title: 'route to an unknown cluster',
    text: 'A static route must name a cluster of the bootstrap.',
  },
  {
    id: 'NU151',
    title: 'protected header',
    text: 'Pseudo-headers and host cannot be changed by header mutations; use the rewrites of the route.',
  },
  {
    id: 'NU152',
    title: 'bad format string',
    text: 'A %COMMAND% of the format string is unknown or malformed; %% is a percent sign.',
  },
  { id: 'NU153', title: 'two rewrites', text: 'A route has one rewrite of the path at most.' },
  { id: 'NU154', title: 'retry back-off upside down', text: 'max_interval must be at least base_interval.' },
  {
    id: 'NU155',
    title: 'direct response too long',
    text: 'max_direct_response_body_size_bytes of the route configuration limits bodies of direct responses (default 4096).',
  },
  {
    id: 'NU156',
    title: 'file cannot be read',
    text: 'A file that the configuration names is not there or may not be read. Relative names start at the working directory.',
  },
  {
    id: 'NU157',
    title: 'environment variable not set',
    text: 'The configuration takes a value from a variable that the process does not have.',
  },
  {
    id: 'NU158',
    title: 'bad weights',
    text: 'Weights of a weighted cluster must add up to between 1 and 4294967295, and each entry names a cluster.',
  },
  { id: 'NU159', title: 'domain twice', text: 'Domains are unique over the virtual hosts of a route configuration.' },
  { id: 'NU160', title: 'cluster twice', text: 'Names of clusters are unique.' },
  {
    id: 'NU161',
    title: 'bad per-host threshold',
    text: 'per_host_thresholds knows max_connections only.',
  },
  {
    id: 'NU162',
    title: 'bad load balancing',
    text:
      'How hosts are chosen does not make sense: a policy that is missing or contradicts itself, or a local cluster ' +
      'that cannot be one.',
  },
  {
    id: 'NU163',
    title: 'LOGICAL_DNS with more than one endpoint',
    text: 'A LOGICAL_DNS cluster has one locality with one endpoint. STRICT_DNS takes several.',
  },
  {
    id: 'NU164',
    title: 'pipe in a DNS cluster',
    text: 'DNS clusters have names or numeric addresses as endpoints.',
  },
  {
    id: 'NU165',
    title: 'DNS back-off upside down',
    text: 'max_interval must be at least base_interval.',
  },
  {
    id: 'NU166',
    title: 'bad DNS resolver',
    text: 'A DNS resolver has a numeric address.',
  },
  {
    id: 'NU167',
    title: 'limit set twice',
    text: 'max_requests_per_connection stands in the cluster or in its HttpProtocolOptions, not in both.',
  },
  {
    id: 'NU168',
    title: 'cluster type and its fields',
    text: 'EDS clusters want eds_cluster_config; ORIGINAL_DST clusters have no load_assignment; cluster_type names a kind there is.',
  },
  {
    id: 'NU169',
    title: 'unknown protocol options',
    text: 'Keys of typed_extension_protocol_options are names of extensions that have protocol options.',
  },
  {
    id: 'NU170',
    title: 'source addresses of a cluster',
    text: 'upstream_bind_config takes a source_address and at most one more, of the other IP version.',
  },
  {
    id: 'NU171',
    title: 'terminal filter in the wrong place',
    text: 'A chain of filters ends with its one terminal filter (for http: envoy.filters.http.router), which cannot be disabled by default.',
  },
  {
    id: 'NU172',
    title: 'two fields for one thing',
    text: 'The two fields say the same thing in different ways; Envoy takes one of them.',
  },
  {
    id: 'NU173',
    title: 'upgrade twice',
    text: 'An upgrade type may be configured once.',
  },
  {
    id: 'NU174',
    title: 'cache of a health check that is answered here',
    text: 'cache_time keeps what the upstream said, so it needs pass_through_mode: true.',
  },
  {
    id: 'NU175',
    title: 'bad query parameter mutation',
    text: 'Each mutation either removes a parameter by name or appends a record whose value is a string; numbers need quotes.',
    wrong: 'append: {record: {key: page, value: 1}}',
    right: 'append: {record: {key: page, value: "1"}}',
  },
  {
    id: 'NU176',
    title: 'not a CDN identifier',
    text: 'A cdn-id (RFC 8586) is a token, host name or address, perhaps with a port. It has no parameters.',
  },
  {
    id: 'NU177',
    title: 'no tags',
    text: 'The ip_tagging filter needs address ranges with tags.',
  },
  {
    id: 'NU178',
    title: 'bad header_to_metadata rule',
    text: 'A rule names one header or one cookie and says what to do when it is present, missing (with a value), or both.',
  },
  {
    id: 'NU181',
    title: 'input that cannot be matched here',
    text: 'Maps and string matchers take inputs that are text; the CEL matcher takes HttpAttributesCelMatchInput and the metadata matcher DynamicMetadataInput. Some filters allow only some inputs.',
  },
  {
    id: 'NU182',
    title: 'domain of a ServerNameMatcher',
    text: 'A domain is a name, "*.name" or "*", and occurs once.',
  },
  {
    id: 'NU183',
    title: 'bad CEL expression',
    text: 'The expression cannot be parsed, or it uses what is turned off: comprehensions (exists, all, map, filter), and string(), + of texts and string functions unless cel_config enables them.',
  },
  {
    id: 'NU184',
    title: 'access rule that cannot be',
    text: 'A port range has its end behind its start, both up to 65536; a network filter has no rules over headers.',
  },
  {
    id: 'NU185',
    title: 'no such filter state object',
    text: 'factory_key (or, without it, object_key) names what the object is made by, such as envoy.string.',
  },
  {
    id: 'NU186',
    title: 'action without a filter',
    text: 'ExecuteFilterAction says which filter to run: typed_config.',
  },
  {
    id: 'NU192',
    title: 'option of upstreams on a listener',
    text: 'max_response_headers_kb limits what upstreams send; it belongs to the HttpProtocolOptions of a cluster.',
  },
  {
    id: 'NU193',
    title: 'DNS cache',
    text: 'Filters and clusters that name the same DNS cache write the same dns_cache_config, field by field; max_hosts has room for the preresolve_hostnames.',
  },
  {
    id: 'NU194',
    title: 'dynamic forward proxy cluster',
    text: 'The cluster verifies who answers: auto_sni and auto_san_validation stay true unless allow_insecure_cluster_options is set. sub_clusters_config has a policy of its own, not CLUSTER_PROVIDED.',
  },
  {
    id: 'NU197',
    title: 'filter that does not wait for its configuration',
    text: 'apply_default_config_without_warming lets the filter serve by its default_config until something comes, so there must be one.',
  },
]
