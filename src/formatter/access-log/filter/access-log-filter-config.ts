import type { AccessLogFilter, FactoryContext } from '../../../api/extension.ts'

/** Makes a filter on the thread that uses it; called once on each. */
export type AccessLogFilterConfig = (context: FactoryContext) => AccessLogFilter
