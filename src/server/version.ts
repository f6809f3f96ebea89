/** Which Envoy this program behaves as, in the forms in which Envoy says it. */

/** The commit of the release whose behaviour is followed: tools compare it, dashboards show it. */
export const ENVOY_REVISION = '9e5580933739775e8bce696a57a2e1bc99368f23'

export const ENVOY_VERSION = '1.40.0'

/** This program's own version; a test holds it against package.json. */
export const NUNCIO_VERSION = '0.1.0'

/** `revision/version/status/build type/TLS library`, as /server_info and --version print it. */
export const VERSION_TEXT = `${ENVOY_REVISION}/${ENVOY_VERSION}/Clean/RELEASE/BoringSSL`

/** Gauge `server.version`: the first six digits of the commit. */
export const VERSION_NUMBER = Number.parseInt(ENVOY_REVISION.slice(0, 6), 16)
