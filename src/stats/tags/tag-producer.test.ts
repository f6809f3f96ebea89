import { describe, expect, test } from 'bun:test'
import { DEFAULT_EXTRACTORS } from './default-extractors.ts'
import { regexExtractor } from './regex-extractor.ts'
import { TagProducer } from './tag-producer.ts'

const defaults = new TagProducer(DEFAULT_EXTRACTORS, [], [])

/** `base{tag=value,…}`. */
function tagged(name: string, producer = defaults): string {
  const { base, tags } = producer.produce(name)
  return `${base}{${tags.map((tag) => `${tag.name.replace('envoy.', '')}=${tag.value}`).join()}}`
}

describe('default tags', () => {
  // The first group was seen from Envoy 1.40; the others follow its documentation.
  test.each([
    ['cluster.up.upstream_rq_200', 'cluster.upstream_rq{response_code=200,cluster_name=up}'],
    ['cluster.up.external.upstream_rq_2xx', 'cluster.external.upstream_rq_xx{response_code_class=2,cluster_name=up}'],
    ['cluster.up.upstream_rq_total', 'cluster.upstream_rq_total{cluster_name=up}'],
    ['cluster_manager.active_clusters', 'cluster_manager.active_clusters{}'],
    ['http.ingress.downstream_cx_total', 'http.downstream_cx_total{http_conn_manager_prefix=ingress}'],
    ['http.ing.re.no_route', 'http.re.no_route{http_conn_manager_prefix=ing}'],
    [
      'listener.127.0.0.1_80.http.in.downstream_rq_2xx',
      'listener.http.downstream_rq_xx{response_code_class=2,http_conn_manager_prefix=in,listener_address=127.0.0.1_80}',
    ],
    [
      'listener.admin.http.admin.downstream_rq_5xx',
      'listener.admin.http.downstream_rq_xx{response_code_class=5,http_conn_manager_prefix=admin}',
    ],
    ['listener.[__1]_80.downstream_cx_total', 'listener.downstream_cx_total{listener_address=[__1]_80}'],
    ['listener.my_st.at.downstream_cx_active', 'listener.at.downstream_cx_active{listener_address=my_st}'],
    [
      'listener.my_st.at.worker_0.downstream_cx_active',
      'listener.at.worker_0.downstream_cx_active{listener_address=my_st}',
    ],
    [
      'listener.0.0.0.0_80.worker_12.downstream_cx_total',
      'listener.worker_downstream_cx_total{worker_id=12,listener_address=0.0.0.0_80}',
    ],
    ['listener.admin.main_thread.downstream_cx_total', 'listener.admin.main_thread.downstream_cx_total{}'],
    ['server.worker_0.watchdog_miss', 'server.worker_watchdog_miss{worker_id=0}'],
    [
      'vhost.vh.vcluster.vc1.upstream_rq_200',
      'vhost.vcluster.upstream_rq{response_code=200,virtual_cluster=vc1,virtual_host=vh}',
    ],
    ['vhost.vh.route.rt.upstream_rq_2xx', 'vhost.route.upstream_rq_xx{response_code_class=2,virtual_host=vh,route=rt}'],
    ['cluster.a.grpc.svc.meth.x', 'cluster.grpc.x{grpc_bridge_method=meth,grpc_bridge_service=svc,cluster_name=a}'],
    [
      'http.in.rds.default/eg/http.x.update_attempt',
      'http.rds.update_attempt{rds_route_config=default/eg/http.x,http_conn_manager_prefix=in}',
    ],
    ['http.in.rds.de fa@x.update_attempt', 'http.rds.de fa@x.update_attempt{http_conn_manager_prefix=in}'],
    ['lrl.http_local_rate_limit.ok', 'http_local_rate_limit.ok{local_http_ratelimit_prefix=lrl}'],
    ['local_rate_limit.nl.rate_limited', 'local_rate_limit.rate_limited{local_network_ratelimit_prefix=nl}'],
    ['nr.rbac.allowed', 'rbac.allowed{rbac_prefix=nr}'],
    ['tcp.tp.downstream_cx_total', 'tcp.downstream_cx_total{tcp_prefix=tp}'],
    ['connection_limit.cl.active_connections', 'connection_limit.active_connections{connection_limit_prefix=cl}'],
    [
      'thread_local_cluster_manager.worker_1.clusters_inflated',
      'thread_local_cluster_manager.worker_clusters_inflated{worker_id=1}',
    ],
  ])('%s', (name, expected) => {
    expect(tagged(name)).toBe(expected)
  })

  test.each([
    ['cluster.c.ssl.ciphers.TLS_AES-1', 'cluster.ssl.ciphers{cipher_suite=TLS_AES-1,cluster_name=c}'],
    ['listener.1.2.3.4_5.ssl.ciphers.X', 'listener.ssl.ciphers{ssl_cipher=X,listener_address=1.2.3.4_5}'],
    [
      'listener.1.2.3.4_5.ssl.versions.TLSv1.3',
      'listener.ssl.versions{ssl_version=TLSv1.3,listener_address=1.2.3.4_5}',
    ],
    ['cluster.c.ssl.curves.X25519', 'cluster.ssl.curves{ssl_curve=X25519,cluster_name=c}'],
    [
      'http.in.user_agent.ios.downstream_cx_total',
      'http.user_agent.downstream_cx_total{http_user_agent=ios,http_conn_manager_prefix=in}',
    ],
    [
      'http.in.fault.east.delays_injected',
      'http.fault.delays_injected{fault_downstream_cluster=east,http_conn_manager_prefix=in}',
    ],
    ['cluster.c.health_check.name.n1.attempt', 'cluster.health_check.attempt{cluster_name=c,health_check_name=n1}'],
    ['cluster.c.health_check.attempt', 'cluster.health_check.attempt{cluster_name=c}'],
    [
      'mongo.m.collection.c1.callsite.f.query.total',
      'mongo.collection.callsite.query.total{mongo_callsite=f,mongo_collection=c1,mongo_prefix=m}',
    ],
    ['http.in.rbac.policy.p1.allowed', 'http.rbac.policy.allowed{rbac_policy_name=p1,http_conn_manager_prefix=in}'],
    ['http.in.rbac.pre.allowed', 'http.rbac.allowed{rbac_http_prefix=pre,http_conn_manager_prefix=in}'],
    [
      'http.in.rbac.pre.policy.p1.denied',
      'http.rbac.policy.denied{rbac_policy_name=p1,rbac_http_prefix=pre,http_conn_manager_prefix=in}',
    ],
    ['http.in.fault.aborts_injected', 'http.fault.aborts_injected{http_conn_manager_prefix=in}'],
    ['http.in.rbac.allowed', 'http.rbac.allowed{http_conn_manager_prefix=in}'],
    [
      'http.in.dynamodb.table.t.capacity.GetItem.__partition_id=ABC1234',
      'http.dynamodb.table.capacity{dynamo_partition_id=ABC1234,dynamo_operation=GetItem,dynamo_table=t,http_conn_manager_prefix=in}',
    ],
    [
      'http.in.dynamodb.operation.Query.upstream_rq_total',
      'http.dynamodb.operation.upstream_rq_total{dynamo_operation=Query,http_conn_manager_prefix=in}',
    ],
    ['proxy_proto.versions.v2.found', 'proxy_proto.found{proxy_protocol_version=2}'],
    ['proxy_proto.pp.versions.v1.found', 'proxy_proto.found{proxy_protocol_prefix=pp,proxy_protocol_version=1}'],
    ['sds.cert.update_success', 'sds.update_success{xds_resource_name=cert}'],
    ['cluster.c.ssl.certificate.k.expiration', 'cluster.ssl.certificate.expiration{tls_certificate=k,cluster_name=c}'],
  ])('%s', (name, expected) => {
    expect(tagged(name)).toBe(expected)
  })
})

describe('tags by configuration', () => {
  test('the first group leaves, the second is the value; overlaps leave once', () => {
    const pattern = '^listener(?=\\.)(\\.([[:digit:].]+_[[:digit:]]+))'
    const producer = new TagProducer(DEFAULT_EXTRACTORS, [], [regexExtractor('mine', pattern)])
    expect(tagged('listener.127.0.0.1_80.x', producer)).toBe(
      'listenerx{listener_address=127.0.0.1_80,mine=127.0.0.1_80}',
    )
  })

  test('one group is both; no group is no tag; a group that took no part is empty', () => {
    const extractors = [
      regexExtractor('one', '^server\\.(live)'),
      regexExtractor('none', 'live'),
      regexExtractor('opt', '(l)(z)?'),
    ]
    expect(tagged('server.live', new TagProducer([], [], extractors))).toBe(
      'server.ive{opt=,one=live}'.replace('server.ive', 'server'),
    )
  })

  test('fixed tags stand between the defaults for any name and those for a first token; the first of a name stays', () => {
    const fixed = [
      { name: 'f', value: '1' },
      { name: 'f', value: '2' },
      { name: 'envoy.response_code', value: 'never' },
    ]
    const producer = new TagProducer(DEFAULT_EXTRACTORS, fixed, [
      regexExtractor('envoy.cluster_name', '^cluster\\.((.).*)'),
    ])
    expect(tagged('cluster.up.upstream_rq_503', producer)).toBe(
      'cluster.upstream_rq{response_code=503,f=1,cluster_name=up}',
    )
    expect(tagged('server.hot_restart_generation', producer)).toBe('server.hot_restart_generation{}')
  })

  test('patterns with character classes of POSIX', () => {
    const only = (pattern: string) => new TagProducer([], [], [regexExtractor('t', pattern)])
    expect(tagged('a.B1_x', only('([[:upper:]_[:d:]]+)x'))).toBe('a.x{t=B1_}')
    expect(tagged('a.b', only('\\[[:x]|(b)'))).toBe('a{t=b}')
    expect(() => regexExtractor('t', '[[:foo:]]')).toThrow('unknown character class')
    expect(() => regexExtractor('t', '(')).toThrow()
  })
})
