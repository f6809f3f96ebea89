/** Everything listens on loopback, at ports of its own. */
export const PORTS = {
  backend: 23000,
  envoy: { http: 23101, routes: 23102, accessLog: 23103, tcp: 23104, admin: 23109 },
  nginx: { http: 23201, routes: 23202, accessLog: 23203, tcp: 23204 },
  haproxy: { http: 23301, routes: 23302, accessLog: 23303, tcp: 23304 },
  nuncio: { http: 23401, routes: 23402, accessLog: 23403, tcp: 23404, admin: 23409 },
} as const

export interface FrontPorts {
  /** Forwards everything. */
  readonly http: number
  /** Many prefixes, the requested one is the last. */
  readonly routes: number
  /** Writes a line for each request. */
  readonly accessLog: number
  /** Forwards bytes and knows nothing of HTTP; undefined where the program cannot. */
  readonly tcp?: number
}
