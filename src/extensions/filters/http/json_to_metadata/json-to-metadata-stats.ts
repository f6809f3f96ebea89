/** What is counted, for all filters of this kind together: `json_to_metadata.rq.*` and `json_to_metadata.resp.*`. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface DirectionStats {
  /** Bodies that were read, whether rules found something in them or not. */
  readonly success: Counter
  readonly mismatchedContentType: Counter
  readonly noBody: Counter
  readonly invalidJsonBody: Counter
}

export interface JsonToMetadataStats {
  readonly request: DirectionStats
  readonly response: DirectionStats
}

export function createStats(root: Scope): JsonToMetadataStats {
  const direction = (name: string): DirectionStats => {
    const scope = root.scope(`json_to_metadata.${name}.`)
    return {
      success: scope.counter('success'),
      mismatchedContentType: scope.counter('mismatched_content_type'),
      noBody: scope.counter('no_body'),
      invalidJsonBody: scope.counter('invalid_json_body'),
    }
  }
  return { request: direction('rq'), response: direction('resp') }
}
