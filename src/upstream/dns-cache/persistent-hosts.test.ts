import { expect, test } from 'bun:test'
import { keptLogger } from '../../../test/support/kept-logger.ts'
import { parseIpAddress } from '../../network/address.ts'
import { PersistentHosts } from './persistent-hosts.ts'

function hosts(kept: Readonly<Record<string, string>>) {
  const map = new Map(Object.entries(kept))
  const logger = keptLogger('forward_proxy')
  const store = {
    entries: () => map,
    set: (key: string, value: string) => void map.set(key, value),
    delete: (key: string) => void map.delete(key),
    close: () => undefined,
  }
  return { map, logger, hosts: new PersistentHosts({ store, logger, clock: { wallNow: 1_234_567 } }) }
}

test('persistent hosts: all addresses of a host with their TTL, and the port where the name has none', () => {
  const { hosts: some } = hosts({
    'a.test:80': '192.0.2.1:80|60|7\n192.0.2.2:80|50|7',
    'b.test': '[2001:db8::1]:443|1|0',
  })
  expect([...some.load()]).toMatchObject([
    {
      name: 'a.test:80',
      port: 80,
      addresses: [
        { ip: '192.0.2.1', ttlS: 60 },
        { ip: '192.0.2.2', ttlS: 50 },
      ],
    },
    { name: 'b.test', port: 443, addresses: [{ ip: '2001:db8::1', ttlS: 1 }] },
  ])
})

test.each(['nonsense|60|7', '192.0.2.1|60|7', '192.0.2.1:80|0|7', '192.0.2.1:80|60|', '192.0.2.1:80|60|x', ''])(
  'persistent hosts: %p ends the reading',
  (value) => {
    const { hosts: some, logger } = hosts({ first: '192.0.2.9:80|60|7', bad: value, last: '192.0.2.9:80|60|7' })
    expect([...some.load()].map(({ name }) => name)).toEqual(['first'])
    expect(logger.lines).toEqual(value === '' ? [] : [`warning Unable to parse cache line '${value}'`])
  },
)

test('persistent hosts: what is kept can be read again', () => {
  const { map, hosts: some } = hosts({})
  some.keep('a.test:80', [parseIpAddress('192.0.2.1', 80), parseIpAddress('2001:db8::1', 80)], 42)
  expect(map.get('a.test:80')).toBe('192.0.2.1:80|42|1234\n[2001:db8::1]:80|42|1234')
  expect([...some.load()]).toHaveLength(1)
  some.forget('a.test:80')
  expect(map.size).toBe(0)
})
