/** The same proxy in four languages: one upstream, X-Forwarded-For, -Proto and X-Request-Id set, keep-alive upstream. */
import type { FrontPorts } from './ports.ts'
import { PORTS } from './ports.ts'
import type { Setup } from './setups.ts'
import { ORDINARY } from './setups.ts'

export function envoyConfig(
  ports: FrontPorts & { readonly admin: number; readonly tcp: number },
  logPath: string,
  setup: Setup = ORDINARY,
): string {
  const manager = (
    prefix: string,
    routes: readonly object[],
    accessLog: readonly object[] = [],
    filters: readonly object[] = [],
  ): object => ({
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: prefix,
    codec_type: 'AUTO',
    use_remote_address: true,
    access_log: accessLog,
    http_filters: [
      ...filters,
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
    route_config: { name: prefix, virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
  })
  const listener = (name: string, port: number, config: object, filter = 'http_connection_manager'): object => ({
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [{ filters: [{ name: `envoy.filters.network.${filter}`, typed_config: config }] }],
  })
  const tcpProxy = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: 'tcp',
    cluster: 'backend',
  }
  const all = { match: { prefix: '/' }, route: { cluster: 'backend' } }
  const many = Array.from({ length: setup.routes }, (_, n) => ({
    match: { prefix: `/route/${n}/` },
    route: { cluster: 'backend' },
  }))
  const file = {
    name: 'file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: logPath,
    },
  }
  return JSON.stringify({
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: ports.admin } } },
    static_resources: {
      listeners: [
        listener('http', ports.http, manager('http', [all])),
        listener('routes', ports.routes, manager('routes', [...many, all])),
        listener('accesslog', ports.accessLog, manager('accesslog', [all], [file], setup.filters)),
        listener('tcp', ports.tcp, tcpProxy, 'tcp_proxy'),
      ],
      clusters: [
        {
          name: 'backend',
          type: 'STATIC',
          connect_timeout: '5s',
          circuit_breakers: {
            thresholds: [{ max_connections: 10000, max_pending_requests: 10000, max_requests: 10000 }],
          },
          load_assignment: {
            cluster_name: 'backend',
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: PORTS.backend } } } },
                ],
              },
            ],
          },
        },
      ],
    },
  })
}

const NGINX_COMMON = `${process.getuid?.() === 0 ? 'user root; ' : ''}worker_processes 1; daemon off; error_log stderr crit;
events { worker_connections 20000; multi_accept on; }`

export function nginxBackend(folder: string): string {
  return `${NGINX_COMMON}
pid ${folder}/backend.pid;
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 0;
  client_body_temp_path ${folder}/b1; proxy_temp_path ${folder}/b2; fastcgi_temp_path ${folder}/b3;
  uwsgi_temp_path ${folder}/b4; scgi_temp_path ${folder}/b5;
  client_body_buffer_size 2m;
  server { listen 127.0.0.1:${PORTS.backend} backlog=16384; root ${folder}/www;
    location / { return 200 "hello from the backend, one hundred bytes or so of text, to be like a small answer of an API..\\n"; }
    location = /1m { try_files /1m.bin =404; }
    location = /sink { return 200 "ok"; } } }
`
}

/** `streamModule`: what makes it a TCP proxy, loaded first; '' where it is built in. Without a port for it none is needed. */
export function nginxProxy(ports: FrontPorts, folder: string, streamModule: string, routes: number): string {
  const headers = `proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;`
  const pass = `proxy_pass http://backend;`
  const many = Array.from({ length: routes }, (_, n) => `location /route/${n}/ { ${pass} }`).join('\n')
  const load = streamModule === '' ? '' : `load_module ${streamModule};\n`
  const stream = `
stream { access_log off; upstream backend { server 127.0.0.1:${PORTS.backend}; }
  server { listen 127.0.0.1:${ports.tcp} backlog=16384; proxy_pass backend; } }`
  return `${load}${NGINX_COMMON}
pid ${folder}/proxy.pid;${ports.tcp === undefined ? '' : stream}
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 0;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  proxy_request_buffering off; proxy_buffering on; proxy_max_temp_file_size 0;
  upstream backend { server 127.0.0.1:${PORTS.backend}; keepalive 256; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${ports.http} backlog=16384; ${headers} location / { ${pass} } }
  server { listen 127.0.0.1:${ports.routes} backlog=16384; ${headers} ${many} location / { ${pass} } }
  server { listen 127.0.0.1:${ports.accessLog} backlog=16384; access_log ${folder}/nginx.log combined buffer=64k; ${headers} location / { ${pass} } }
}
`
}

export function haproxyConfig(ports: FrontPorts, routes: number): string {
  const front = (name: string, port: number, extra: string): string => `
frontend ${name}
  bind 127.0.0.1:${port} backlog 16384
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
${extra}  default_backend app
`
  const rules = Array.from({ length: routes }, (_, n) => `  use_backend app if { path_beg /route/${n}/ }\n`).join('')
  return `global
  nbthread 1
  maxconn 9000
  log 127.0.0.1:23999 local0 emerg
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  http-reuse always
${front('http', ports.http, '')}${front('routes', ports.routes, rules)}${front('accesslog', ports.accessLog, '')}
frontend tcp
  mode tcp
  bind 127.0.0.1:${ports.tcp} backlog 16384
  default_backend bytes
backend bytes
  mode tcp
  server s1 127.0.0.1:${PORTS.backend} maxconn 10000
backend app
  server s1 127.0.0.1:${PORTS.backend} maxconn 10000
`
}
