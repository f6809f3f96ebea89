/* %START_TIME% with every conversion, flag, width and modifier of the C library, Abseil's and Envoy's. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'

const LETTERS = 'abcdefghijklmopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const BEFORE = ' E O _ - ^ 0 # 5 010 _5 -5 ^# E4 E* E3 E0 E12 : :: ::: EE 3 1 9'.split(' ')
const OTHERS =
  '%% %%Y % x% %E %O %Y% %%% %1 %12f %0f %f%f %s%s %3f%6f a%%3f %Ez %E*z %:z %ET %E4Y %E5Y abc %e,%k,%l %+'.split(' ')
const PATTERNS = [...LETTERS.split('').flatMap((letter) => BEFORE.map((each) => `%${each}${letter}`)), ...OTHERS]

/** With a time zone around that is not UTC, Envoy's C library mixes it up with UTC. */
const isComparable = (pattern: string): boolean => !/^%.+[Zs]$/.test(pattern)
/** Has what changes from one second, or hour, to the next. */
const OF_THE_CLOCK = /[fSsTXcrMRklHIpP+]|E[\d*]/

const COMMANDS = PATTERNS.filter(isComparable).flatMap((each) => [
  `%START_TIME(${each})%`,
  `%START_TIME_LOCAL(${each})%`,
])

differential('formats of times', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/', 'hello')],
          extra: {
            access_log: [
              fileLog('times.log', {
                log_format: { json_format: Object.fromEntries(COMMANDS.map((each) => [each, each])) },
              }),
            ],
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    await side.request('request', 'front', 'GET /')
    const [line = '{}'] = await side.logLines('times.log', 1)
    for (const [command, text] of Object.entries(JSON.parse(line) as Record<string, string>)) {
      side.note(command, OF_THE_CLOCK.test(command.replace('START_TIME', '')) ? text.replace(/\d/g, '#') : text)
    }
  },
})
