/* NU2xx: configurations that can be read and mean something else than was meant. */
import type { CatalogueEntry } from './catalogue-entry.ts'

export const meaningFindings: readonly CatalogueEntry[] = [
  {
    id: 'NU201',
    title: 'no router filter',
    text: 'Without a terminal filter (envoy.filters.http.router) as the last http filter, requests hang until the client gives up. Envoy accepts it.',
    right:
      'http_filters:\n- name: envoy.filters.http.router\n  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}',
  },
  {
    id: 'NU202',
    title: 'a key twice in one map',
    text: 'Only the last one counts, the others are dropped silently by Envoy; in JSON files lists are joined and messages merged. Usually a list was meant, or two blocks were pasted together.',
  },
  {
    id: 'NU203',
    title: 'route that can never match',
    text: 'Routes are tried in order. An earlier one takes every request that this one would match: put the more special route first.',
  },
  {
    id: 'NU204',
    title: '${…} is not replaced',
    text: 'Neither Envoy nor Nuncio puts environment variables into a configuration. Use envsubst before, or environment_variable where the API has it.',
  },
  {
    id: 'NU205',
    title: 'two things on one port',
    text: 'A listener and the admin server, or two listeners, want the same address. One of them will fail to bind at start.',
  },
  {
    id: 'NU206',
    title: 'cluster without endpoints',
    text: 'A STATIC or DNS cluster without endpoints answers every request with 503 "no healthy upstream".',
  },
  {
    id: 'NU207',
    title: 'more than one YAML document',
    text: 'Only what stands before the second `---` is read.',
  },
  {
    id: 'NU208',
    title: 'YAML merge key or x-… block',
    text: 'Envoy refuses `<<:` and top-level keys that begin with x-. Nuncio reads them as YAML does; under --strict it refuses them too, so that the file works for both.',
  },
  {
    id: 'NU209',
    title: 'tracing provider',
    text: 'A tracer says where its spans go, in one way only: a cluster of the configuration and a path of its collector.',
  },
  {
    id: 'NU260',
    title: 'bad tag pattern',
    text: 'The pattern of a stats tag is an ECMAScript regular expression with at least one group.',
  },
  {
    id: 'NU261',
    title: 'bad stats tag',
    text: 'A stats tag has a name and either a pattern or a fixed value; names of default tags cannot be redefined.',
  },
  { id: 'NU270', title: 'runtime layer twice', text: 'Names of runtime layers are unique.' },
  { id: 'NU271', title: 'two admin layers', text: 'There may be one runtime layer for the admin server.' },
  {
    id: 'NU272',
    title: 'bad runtime value',
    text: 'A runtime value is a boolean, a number, a text or a fractional percent.',
  },
  {
    id: 'NU273',
    title: 'runtime root cannot be watched',
    text: 'The directory that holds symlink_root must exist, since a runtime on disk is changed by a move in it.',
  },
  {
    id: 'NU274',
    title: 'watchdog and watchdogs',
    text: 'The old field `watchdog` stands for both of `watchdogs`; set one of them.',
  },
  {
    id: 'NU275',
    title: 'watchdog action without a type',
    text: 'An action is a typed_config, for instance envoy.watchdog.v3.AbortActionConfig.',
  },
  {
    id: 'NU276',
    title: 'twice in the overload manager',
    text: 'Monitors, actions, load shed points, the triggers of each of them and scaled timers are there once.',
  },
  {
    id: 'NU277',
    title: 'trigger of an unknown resource',
    text: 'The name of a trigger is the name of one of resource_monitors.',
  },
  {
    id: 'NU278',
    title: 'typed_config of an overload action',
    text: 'reduce_timeouts needs a ScaleTimersOverloadActionConfig, shrink_heap may have a ShrinkHeapConfig, others have none.',
  },
  {
    id: 'NU279',
    title: 'bad value in the overload manager',
    text: 'A monitor, a trigger or an action has a value that it cannot work with; the message says which.',
  },
]
