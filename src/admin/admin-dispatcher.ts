/** From a path and a method to the endpoint that answers, or to the refusal. */
import type { Logger } from '../api/log.ts'
import type { StringPredicate } from '../config/matchers/string-matcher.ts'
import { fromWireText } from '../base/wire-text.ts'
import type { AdminEndpoint, AdminResponse } from './admin-endpoint.ts'
import { text } from './admin-endpoint.ts'
import { helpText } from './help-text.ts'
import { parseQueryParams } from './query-params.ts'

export interface AdminDispatcherDeps {
  readonly endpoints: readonly AdminEndpoint[]
  /** Empty: every path is allowed. They see the query too. */
  readonly allowPaths: readonly StringPredicate[]
  readonly logger: Logger
}

export interface AdminCall {
  readonly method: string
  /** With query; latin1. */
  readonly path: string
  /** Of a POST with `application/x-www-form-urlencoded`; '' otherwise. */
  readonly form: string
}

export class AdminDispatcher {
  readonly #deps: AdminDispatcherDeps
  readonly #byPath: ReadonlyMap<string, AdminEndpoint>

  constructor(deps: AdminDispatcherDeps) {
    this.#deps = deps
    this.#byPath = new Map(deps.endpoints.map((endpoint) => [endpoint.path, endpoint]))
  }

  dispatch({ method, path, form }: AdminCall): AdminResponse | Promise<AdminResponse> {
    const { allowPaths, logger, endpoints } = this.#deps
    const shown = fromWireText(path)
    if (allowPaths.length > 0 && !allowPaths.some((allows) => allows(shown))) {
      logger.info('source/server/admin/admin.cc:419', `Request to admin interface path ${shown} is not allowed`)
      return text(`request to path ${shown} not allowed`, 403)
    }
    const question = path.indexOf('?')
    const name = question < 0 ? path : path.slice(0, question)
    const endpoint = this.#byPath.get(name)
    if (endpoint === undefined) return text(`invalid path. ${helpText(endpoints)}`, 404)
    if (endpoint.mutates && method !== 'POST') {
      const complaint = `admin path "${name}" mutates state, method=${method} rather than POST`
      logger.error('source/server/admin/admin.cc:431', complaint)
      return text(`Method ${method} not allowed, POST required.`, 405)
    }
    return endpoint.handle({ params: parseQueryParams(question < 0 ? '' : path.slice(question + 1), form) })
  }
}
