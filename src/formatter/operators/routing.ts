/** Where the request went. */
import type { OperatorTable } from '../operator.ts'
import { numberOperator, textOperator } from '../operator.ts'

export const ROUTING_OPERATORS: OperatorTable = {
  ROUTE_NAME: textOperator(({ streamInfo }) => streamInfo.routeName || undefined),
  VIRTUAL_HOST_NAME: textOperator(({ streamInfo }) => streamInfo.virtualHostName || undefined),
  VIRTUAL_CLUSTER_NAME: textOperator(({ streamInfo }) => streamInfo.virtualClusterName || undefined),
  UPSTREAM_CLUSTER: textOperator(({ streamInfo }) => streamInfo.upstreamClusterName || undefined),
  UPSTREAM_CLUSTER_RAW: textOperator(({ streamInfo }) => streamInfo.upstreamClusterRawName || undefined),
  UPSTREAM_HOST: textOperator(({ streamInfo }) => streamInfo.upstream?.host?.address.text),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: numberOperator(({ streamInfo }) => streamInfo.attemptCount),
  FILTER_CHAIN_NAME: textOperator(({ streamInfo }) => streamInfo.filterChainName || undefined),
}
