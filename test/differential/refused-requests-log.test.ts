/* What logs know of requests that are refused at once. */
import { renameSync, writeFileSync } from 'node:fs'
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions'
const LOG = fileLog(
  'access.log',
  textFormat(
    '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %REQ(:PATH)% %REQ(:AUTHORITY)% %STREAM_INFO_REQ(:PATH)% ' +
      '%STREAM_INFO_REQ(X-A?:METHOD)% %REQUESTED_SERVER_NAME(HOST_FIRST)% %REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)% ' +
      '%REQUESTED_SERVER_NAME(SNI_FIRST:HOST)% %PATH(WQ)% %REQ(X-A)% ' +
      '%DOWNSTREAM_HEADER_BYTES_RECEIVED%',
  ),
)

const DETECTION = {
  original_ip_detection_extensions: [
    {
      name: 'header',
      typed_config: {
        '@type': `${EXTENSIONS}.http.original_ip_detection.custom_header.v3.CustomHeaderConfig`,
        header_name: 'x-real',
        reject_with_status: { code: 'Unauthorized' },
      },
    },
  ],
}
const ESCAPES = { normalize_path: true, path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' }
const MANAGERS = {
  plain: {},
  detecting: DETECTION,
  escaping: ESCAPES,
  old: { http_protocol_options: { accept_http_10: true } },
  refusing: { common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' } },
}

const REQUESTS = [
  'GET /fine HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\n\r\n',
  'GET /fine#part HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\n\r\n',
  'GET /a%2fb HTTP/1.1\r\nhost: a.test\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: a.test\r\n\r\n',
  'GET /fine HTTP/1.0\r\nhost: a.test\r\n\r\n',
  'GET /fine HTTP/1.0\r\n\r\n',
  'GET /fine HTTP/1.1\r\n\r\n',
  'GET /none HTTP/1.1\r\nhost: a.test\r\n\r\n',
  'GET /fine HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  'CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\n\r\n',
  'GET /fine HTTP/1.1\r\nhost: a.test\r\nbad field\r\n\r\n',
  ...['', 'x', '+1', '0, 0', '0\r\ncontent-length: 0'].map(
    (length) => `GET /fine HTTP/1.1\r\nhost: a.test\r\ncontent-length: ${length}\r\n\r\n`,
  ),
  'GET /fine HTTP/1.1\r\nhost: a.test\r\nx_a: 1\r\nx-third: 3\r\nx-last: 4\r\n\r\n',
  'GET /fine HTTP/1.1\r\nhost: a.test\r\nx\xe9: 1\r\nx-last: 4\r\n\r\n',
  `GET /fine HTTP/1.1\r\nhost: a.test\r\n${'x-long: 1\r\n'.repeat(120)}\r\n`,
]

const INJECTED = 'envoy.resource_monitors.injected_resource'

differential('logs of refused requests', {
  prepare: (folder) => writeFileSync(`${folder}/pressure`, '0'),
  bootstrap: () => ({
    overload_manager: {
      refresh_interval: '0.05s',
      resource_monitors: [
        {
          name: INJECTED,
          typed_config: {
            '@type': `${EXTENSIONS}.resource_monitors.injected_resource.v3.InjectedResourceConfig`,
            filename: '{folder}/pressure',
          },
        },
      ],
      actions: [
        {
          name: 'envoy.overload_actions.stop_accepting_requests',
          triggers: [{ name: INJECTED, threshold: { value: 0.5 } }],
        },
      ],
    },
    static_resources: {
      listeners: Object.entries(MANAGERS).map(([name, manager]) =>
        httpListener(name, {
          statPrefix: name,
          routes: [direct('/fine', 'x')],
          extra: { ...manager, delayed_close_timeout: '0.05s', access_log: [LOG] },
        }),
      ),
    },
  }),
  traffic: async (side) => {
    let requests = 0
    for (const name of Object.keys(MANAGERS)) {
      for (const bytes of REQUESTS) {
        using client = await side.connect(name)
        client.write(bytes)
        await client.until('HTTP/1.')
        client.destroy()
        await side.logLines('access.log', ++requests)
      }
    }
    writeFileSync(`${side.proxy.folder}/pressure.new`, '1')
    renameSync(`${side.proxy.folder}/pressure.new`, `${side.proxy.folder}/pressure`)
    await Bun.sleep(500)
    await side.request('overloaded', 'plain', 'GET /fine')
    await side.noteLog('access.log', requests + 1)
  },
})
