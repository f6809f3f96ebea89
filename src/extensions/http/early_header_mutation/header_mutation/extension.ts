/** envoy.http.early_header_mutation.header_mutation: headers of a request change before anybody looks at them. */
import type { Reader } from '../../../../api/config.ts'
import type { EarlyHeaderMutator } from '../../../../api/early-request.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { HeaderMutation } from '../../../../router/header-mutation-list.ts'
import { readHeaderMutation } from '../../../../router/header-mutation-list.ts'
import { mutationContext } from '../../../../router/header-mutations.ts'

export const extension: Extension<readonly HeaderMutation[], 'envoy.http.early_header_mutation'> = {
  category: 'envoy.http.early_header_mutation',
  name: 'envoy.http.early_header_mutation.header_mutation',
  typeNames: ['envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader: Reader) => reader.messages('mutations', readHeaderMutation),
  create: (mutations): EarlyHeaderMutator => ({
    mutate: (headers, streamInfo) => {
      const context = mutationContext(headers, undefined, streamInfo)
      for (const mutate of mutations) mutate(headers, context)
    },
  }),
}
