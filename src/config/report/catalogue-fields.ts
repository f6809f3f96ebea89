/* NU101 to NU129: what can be wrong with any field. */
import type { CatalogueEntry } from './catalogue-entry.ts'

export const fieldFindings: readonly CatalogueEntry[] = [
  {
    id: 'NU101',
    title: 'unknown field',
    text: "Envoy's API 1.40 has no field of this name in this message. Usually a slip of the pen, or the field stands one level too high or too low. --allow-unknown-static-fields turns it into a warning.",
    wrong: 'endpoint: {addres: {socket_address: {address: 127.0.0.1, port_value: 80}}}',
    right: 'endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}',
  },
  {
    id: 'NU102',
    title: 'value of the wrong kind',
    text: 'The field wants another kind of value: a text where a map stands, a number where a word stands. In YAML the plain words y, n, yes, no, on, off, true and false are booleans and plain digits are numbers; quotes make them text.',
    wrong: 'node: {id: no, cluster: 7}',
    right: 'node: {id: "no", cluster: "7"}',
  },
  {
    id: 'NU103',
    title: 'unknown enum value',
    text: 'The field takes one of a fixed list of names.',
    wrong: 'type: STRICT_DN',
    right: 'type: STRICT_DNS',
  },
  {
    id: 'NU104',
    title: 'not a duration or timestamp',
    text: 'A duration is a number of seconds with the unit s, whole or with a fraction. There is no other unit.',
    wrong: 'connect_timeout: 250ms',
    right: 'connect_timeout: 0.25s',
  },
  {
    id: 'NU105',
    title: 'unknown "@type"',
    text: "A typed_config says what it holds by a type URL: type.googleapis.com/ and the full name of a message of Envoy's v3 API.",
    wrong: '"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Routr',
    right: '"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  },
  { id: 'NU106', title: 'number out of range', text: 'The number does not fit the type of the field.' },
  {
    id: 'NU107',
    title: 'two fields of which only one may be set',
    text: 'The fields are alternatives of each other (a oneof).',
    wrong: 'match: {prefix: /a, path: /b}',
    right: 'match: {prefix: /a}',
  },
  {
    id: 'NU108',
    title: 'value breaks a rule of the API',
    text: "Envoy's API limits the value: its range, its length, its characters, the number of entries.",
    wrong: 'port_value: 300000',
    right: 'port_value: 30000',
  },
  { id: 'NU109', title: 'required field missing', text: 'The message means nothing without this field.' },
  {
    id: 'NU110',
    title: 'field no longer available',
    text: 'Envoy 1.40 refuses this field or value by default. Its documentation names what replaces it.',
  },
  { id: 'NU111', title: 'deprecated field', text: 'Envoy accepts it with a warning and will remove it in time.' },
  {
    id: 'NU112',
    title: 'work in progress',
    text: 'The field or message is marked as not ready for production in the API.',
  },
  {
    id: 'NU113',
    title: 'v2 syntax',
    text: 'Envoy removed the v2 API long ago. `config:` became `typed_config:` with "@type"; many names changed.',
    wrong: 'name: envoy.router\nconfig: {}',
    right:
      'name: envoy.filters.http.router\ntyped_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}',
  },
  {
    id: 'NU114',
    title: 'a typed_config without "@type"',
    text: 'Without "@type" nobody can tell what kind of message it is.',
    wrong: 'typed_config: {stat_prefix: in}',
    right:
      'typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: in}',
  },
  {
    id: 'NU115',
    title: 'a key twice where JSON may have it once',
    text: 'In JSON files the keys of a map of your own names (metadata, typed_per_filter_config, …) and "@type" may come only once. Other fields may come again: lists are joined, messages merged, of the rest the last one counts (NU202).',
    wrong: '{"metadata": {"stage": "a", "stage": "b"}}',
    right: '{"metadata": {"stage": "b"}}',
  },
  {
    id: 'NU120',
    title: 'not supported by Nuncio yet',
    text: 'Envoy knows the field, and Nuncio does not act on it. Rather than start and behave otherwise than the configuration says, it refuses. --allow-unsupported-fields makes it a warning: the field is then without effect.',
  },
  {
    id: 'NU121',
    title: 'bad regular expression',
    text: "Regular expressions are RE2 syntax: no look-around, no back references. The whole value must match. Patterns whose program in RE2 is larger than the runtime's re2.max_program_size.error_level (100) are refused.",
  },
  {
    id: 'NU123',
    title: 'extension not supported by Nuncio yet',
    text: 'Envoy has this extension, Nuncio does not have it yet. An http filter with is_optional: true is left out instead.',
  },
  {
    id: 'NU124',
    title: 'no such extension',
    text: 'The type is no extension that may stand here: perhaps it belongs to another category, or it was turned off by --disable-extensions. Extensions are found by the type of their typed_config; the name is only a label.',
  },
  {
    id: 'NU125',
    title: 'per-route configuration of the wrong kind',
    text: "typed_per_filter_config maps the name of a filter to that filter's own per-route message, or to an envoy.config.route.v3.FilterConfig around it.",
  },
]
