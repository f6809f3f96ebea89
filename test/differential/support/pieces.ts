/* Pieces of configuration beyond `test/support/configs.ts`. */

/** Parts of a log line that tell outcomes apart and do not depend on time. */
export const OUTCOME =
  '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% c=%UPSTREAM_CLUSTER% r=%ROUTE_NAME% ' +
  'a=%UPSTREAM_REQUEST_ATTEMPT_COUNT% f=%UPSTREAM_TRANSPORT_FAILURE_REASON% h=%UPSTREAM_HOST%'

export function dnsCluster(name: string, type: string, host: string, port: number, extra: object = {}): object {
  const address = { socket_address: { address: host, port_value: port } }
  return {
    name,
    type,
    connect_timeout: '2s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    ...extra,
  }
}

export function virtualHost(
  name: string,
  domains: readonly string[],
  routes: readonly object[],
  more: object = {},
): object {
  return { name, domains, routes, ...more }
}

export function routes(virtualHosts: readonly object[], more: object = {}): object {
  return { route_config: { name: 'local', virtual_hosts: virtualHosts, ...more } }
}
