/** config.core.v3.Node as the process presents itself: the bootstrap's, the flags over it, and what it was built of. */
import type { Json, Message } from '../api/config.ts'
import type { Extension } from '../api/extension.ts'
import type { Options } from '../api/options.ts'

/** What it was built of. */
export interface NodeBuild {
  readonly version: string
  readonly extensions: readonly Extension[]
}

export interface NodeSource extends NodeBuild {
  readonly options: Options
}

/** As the bootstrap has it: what it says of its own user agent stays, and flags are not in it. */
export function bootstrapNode(bootstrap: Message, { version, extensions }: NodeBuild): Message {
  const { extensions: own, user_agent_version: _, ...node } = messageOf(bootstrap['node'])
  return {
    ...node,
    user_agent_name: node['user_agent_name'] ?? 'envoy',
    user_agent_build_version: node['user_agent_build_version'] ?? buildVersion(version),
    extensions: [...listOf(own), ...extensions.map(extensionMessage)],
  }
}

export function completeNode(bootstrap: Message, source: NodeSource): Message {
  const { id = '', cluster = '', ...others } = bootstrapNode(bootstrap, source)
  const { serviceNode, serviceCluster, serviceZone } = source.options
  return {
    ...withoutEmpty({
      id: serviceNode === '' ? id : serviceNode,
      cluster: serviceCluster === '' ? cluster : serviceCluster,
    }),
    ...others,
    ...(serviceZone === '' ? {} : { locality: { ...messageOf(others['locality']), zone: serviceZone } }),
  }
}

/** As /server_info prints it, where fields at their default are shown too. */
export function printedNode(node: Message): Message {
  return {
    id: '',
    cluster: '',
    ...node,
    ...(node['locality'] === undefined
      ? {}
      : { locality: { region: '', zone: '', sub_zone: '', ...messageOf(node['locality']) } }),
    user_agent_build_version: withPatch(messageOf(node['user_agent_build_version'])),
    extensions: listOf(node['extensions']).map((item) => {
      const { name = '', category = '', type_urls: urls = [] } = messageOf(item)
      return { name, category, type_descriptor: '', disabled: false, type_urls: urls }
    }),
    client_features: node['client_features'] ?? [],
    listening_addresses: node['listening_addresses'] ?? [],
    dynamic_parameters: node['dynamic_parameters'] ?? {},
  }
}

function extensionMessage({ name, category, typeNames }: Extension): Message {
  return { name, category, ...(typeNames.length === 0 ? {} : { type_urls: [...typeNames] }) }
}

/** `<commit>/1.40.0/Clean/RELEASE/BoringSSL` */
function buildVersion(version: string): Message {
  const [revision = '', numbers = '', status = '', type = '', tls = ''] = version.split('/')
  const [major = 0, minor = 0, patch = 0] = numbers.split('.').map(Number)
  return {
    version: { major_number: major, minor_number: minor, ...(patch === 0 ? {} : { patch }) },
    metadata: {
      'revision.sha': revision,
      'revision.status': status,
      'build.type': type,
      'ssl.version': tls,
    },
  }
}

function withPatch(build: Message): Message {
  return { ...build, version: { ...messageOf(build['version']), patch: messageOf(build['version'])['patch'] ?? 0 } }
}

function withoutEmpty(fields: Readonly<Record<string, Json>>): Message {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function messageOf(value: Json | undefined): Message {
  // An object that is no list is a message: the bootstrap was decoded against its schema.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : {}
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
