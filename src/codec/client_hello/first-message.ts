import type { ClientHello } from './client-hello.ts'
import type { TlsFailure } from './tls-failure.ts'

/** What the first bytes of a TLS client say. `consumed`: so many bytes were enough to tell. closed: the client takes its leave. */
export type FirstMessage =
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly hello: ClientHello; readonly consumed: number }
  | { readonly kind: 'failed'; readonly failure: TlsFailure; readonly consumed: number }
  | { readonly kind: 'closed'; readonly consumed: number }
