/* The contract of src/api/http.ts, status by status: what the chain does with what filters say and ask. */
import { describe, expect, test } from 'bun:test'
import { lentBytes } from '../../base/lent-bytes.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { newTrailers } from '../../codec/headers/trailers.ts'
import { bytes, ScriptedChain, ScriptedFilter, textOf } from '../testing/scripted-chain.ts'

describe('order', () => {
  test('requests in the order of configuration, responses against it', () => {
    const chain = new ScriptedChain()
    chain.open().chunk('x').end('x-t: 1')
    expect(chain.seen()).toBe('a:H b:H a:D(x) b:D(x) a:T! b:T!')
    chain.upstream.callbacks.encodeHeaders(newResponseHeaders(200), false, '')
    chain.upstream.callbacks.encodeData(bytes('y'), false)
    chain.upstream.callbacks.encodeTrailers(newTrailers())
    expect(chain.seen()).toBe('b:h a:h b:d(y) a:d(y) b:t! a:t!')
  })

  test('the end is told once each: complete before the log, then destroyed', () => {
    const chain = new ScriptedChain()
    chain.get().respond('ok')
    expect(chain.diary.filter((note) => /:[Cc]$|:complete$|:destroy$/.test(note))).toEqual([
      'a:C',
      'b:C',
      'b:c',
      'a:c',
      'a:complete',
      'b:complete',
      'a:destroy',
      'b:destroy',
    ])
  })

  test('filters of one direction see that one only, and are destroyed once', () => {
    const diary: string[] = []
    const decoder = new ScriptedFilter('d', diary)
    const encoder = new ScriptedFilter('e', diary)
    const chain = new ScriptedChain([(b) => b.addDecoderFilter(decoder), (b) => b.addEncoderFilter(encoder)])
    chain.get().respond('ok')
    const short = diary.filter((note) => !/:[Cc]$|:complete$/.test(note)).join(' ')
    expect(short).toBe('d:H! e:h e:d(ok)! d:destroy e:destroy')
  })
})

describe('statuses of request headers', () => {
  test('stop-iteration: the body still comes here, and goes on with it', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => 'stop-iteration'
    chain.a.onData = (_, end) => (end ? 'continue' : 'stop-and-buffer')
    chain.open().chunk('one').chunk('two')
    expect(chain.seen()).toBe('a:H a:D(one) a:D(two)')
    chain.end()
    expect(chain.seen()).toBe('a:D()! b:H b:D(onetwo)!')
    expect(chain.upstream).toMatchObject({ body: 'onetwo', complete: true })
  })

  test.each(['stop-all-and-buffer', 'stop-all-and-watermark'] as const)(
    '%s: nothing comes here until it goes on, then everything does',
    (status) => {
      const chain = new ScriptedChain()
      chain.a.onHeaders = () => status
      chain.open().chunk('one').chunk('two').end('x-t: 1')
      expect(chain.seen()).toBe('a:H')
      chain.a.decoder.continueDecoding()
      expect(chain.seen()).toBe('b:H a:D(onetwo) b:D(onetwo) a:T! b:T!')
    },
  )

  test('stop-all-and-buffer beyond the limit is 413, stop-all-and-watermark pauses', () => {
    const buffering = new ScriptedChain(undefined, 4)
    buffering.a.onHeaders = () => 'stop-all-and-buffer'
    expect(buffering.open().chunk('12345').out()).toStartWith('HTTP/1.1 413 ')
    const pausing = new ScriptedChain(undefined, 4)
    pausing.a.onHeaders = () => 'stop-all-and-watermark'
    expect([pausing.open().chunk('12345').out(), pausing.h.connection.readDisables]).toEqual(['', 1])
    pausing.a.decoder.continueDecoding()
    expect([pausing.upstream.body, pausing.h.connection.readDisables]).toEqual(['12345', 0])
  })

  test('continue-and-dont-end-stream: the end comes with a body that is added later', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => 'continue-and-dont-end-stream'
    chain.get()
    expect([chain.seen(), chain.upstream.complete]).toEqual(['a:H! b:H', false])
    chain.a.decoder.injectDecodedData(bytes('late'), true)
    expect([chain.seen(), chain.upstream.body, chain.upstream.complete]).toEqual(['b:D(late)!', 'late', true])
  })
})

describe('statuses of request data and trailers', () => {
  test('stop-and-buffer: goes on whole when it is asked to', () => {
    const chain = new ScriptedChain()
    chain.a.onData = () => 'stop-and-buffer'
    chain.open().chunk('one').chunk('two')
    expect(textOf(chain.a.decoder.decodingBuffer!)).toBe('onetwo')
    expect(chain.seen()).toBe('a:H b:H a:D(one) a:D(two)')
    chain.a.decoder.continueDecoding()
    expect(chain.seen()).toBe('b:D(onetwo)')
  })

  test('stop-and-watermark pauses beyond the limit, and resumes below half of it', () => {
    const chain = new ScriptedChain(undefined, 4)
    chain.a.onData = () => 'stop-and-watermark'
    chain.open().chunk('12345')
    expect(chain.h.connection.readDisables).toBe(1)
    chain.a.decoder.continueDecoding()
    expect([chain.h.connection.readDisables, chain.upstream.body]).toEqual([0, '12345'])
  })

  test('stop-no-buffer: the filter has taken the data; the end alone goes on', () => {
    const chain = new ScriptedChain()
    chain.a.onData = (data) => {
      data.clear()
      return 'stop-no-buffer'
    }
    chain.open().chunk('gone').end()
    chain.a.decoder.continueDecoding()
    expect(chain.seen()).toBe('a:H b:H a:D(gone) a:D()! b:D()!')
  })

  test('stop at the trailers: they wait, with the body that is held', () => {
    const chain = new ScriptedChain()
    chain.a.onData = () => 'stop-and-buffer'
    chain.a.onTrailers = () => 'stop'
    chain.open().chunk('x').end('x-t: 1')
    expect(chain.seen()).toBe('a:H b:H a:D(x) a:T!')
    chain.a.decoder.continueDecoding()
    expect(chain.seen()).toBe('b:D(x) b:T!')
  })

  test('trailers go on and take along the body that was held', () => {
    const chain = new ScriptedChain()
    chain.a.onData = () => 'stop-and-buffer'
    chain.open().chunk('x').end('x-t: 1')
    expect(chain.seen()).toBe('a:H b:H a:D(x) a:T! b:D(x) b:T!')
  })

  test('two filters that hold, one after the other, do so with one buffer', () => {
    const chain = new ScriptedChain()
    chain.a.onData = (_, end) => (end ? 'continue' : 'stop-and-buffer')
    chain.b.onData = () => 'stop-and-buffer'
    chain.open().chunk('x').chunk('y').end()
    expect(chain.seen()).toBe('a:H b:H a:D(x) a:D(y) a:D()! b:D(xy)!')
    expect(textOf(chain.b.decoder.decodingBuffer!)).toBe('xy')
    chain.b.decoder.continueDecoding()
    expect(chain.upstream.body).toBe('xy')
  })

  test('a held body may be changed before it goes on', () => {
    const chain = new ScriptedChain()
    chain.a.onData = (data, end) => {
      if (!end) return 'stop-and-buffer'
      const held = chain.a.decoder.decodingBuffer!
      data.moveTo(held)
      held.clear()
      held.push(Buffer.from('other'))
      return 'continue'
    }
    chain.open().chunk('x').end()
    expect(chain.upstream.body).toBe('other')
  })

  test('resuming what did not stop changes nothing', () => {
    const chain = new ScriptedChain()
    chain.open()
    chain.a.decoder.continueDecoding()
    expect(chain.seen()).toBe('a:H b:H')
  })
})

describe('what filters add to a request', () => {
  test('a body to a request without one: later filters see headers and body', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => {
      chain.a.decoder.addDecodedData(bytes('added'), false)
      return 'continue'
    }
    chain.get()
    expect(chain.seen()).toBe('a:H! b:H b:D(added)!')
    expect(chain.upstream).toMatchObject({ body: 'added', complete: true })
  })

  test('data behind the last data, before the trailers', () => {
    const chain = new ScriptedChain()
    chain.a.onTrailers = () => {
      chain.a.decoder.addDecodedData(bytes('!'), false)
      return 'continue'
    }
    chain.open().chunk('x').end('x-t: 1')
    expect(chain.seen()).toBe('a:H b:H a:D(x) b:D(x) a:T! b:D(!) b:T!')
  })

  test('trailers, while the end is being decoded', () => {
    const chain = new ScriptedChain()
    chain.a.onData = (_, end) => {
      if (end) chain.a.decoder.addDecodedTrailers().set('x-added', '1')
      return 'continue'
    }
    chain.open().chunk('x').end()
    expect(chain.seen()).toBe('a:H b:H a:D(x) b:D(x) a:D()! b:D() b:T!')
    expect(chain.upstream.trailers?.get('x-added')).toBe('1')
  })

  test('data that is injected goes past what is held, headers first', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => 'stop-iteration'
    chain.a.onData = (data) => {
      data.clear()
      return 'stop-no-buffer'
    }
    chain.open().chunk('x')
    chain.a.decoder.injectDecodedData(bytes('one'), false)
    chain.a.decoder.injectDecodedData(bytes('two'), false)
    expect(chain.seen()).toBe('a:H a:D(x) b:H b:D(one) b:D(two)')
  })

  test('the limit may be changed, for both directions', () => {
    const chain = new ScriptedChain(undefined, 4)
    chain.a.onHeaders = () => {
      chain.a.decoder.decoderBufferLimit = 100
      return 'stop-iteration'
    }
    chain.a.onData = (_, end) => (end ? 'continue' : 'stop-and-buffer')
    chain.open().chunk('more than four').end()
    expect([chain.upstream.body, chain.a.encoder.encoderBufferLimit]).toEqual(['more than four', 100])
  })
})

describe('statuses of a response', () => {
  test('stop-iteration, then the body with the headers', () => {
    const chain = new ScriptedChain()
    chain.b.onResponseHeaders = () => 'stop-iteration'
    chain.b.onResponseData = (_, end) => (end ? 'continue' : 'stop-and-buffer')
    chain.get().seen()
    chain.respond('one', false)
    expect([chain.seen(), chain.out()]).toEqual(['b:h b:d(one)', ''])
    chain.upstream.callbacks.encodeData(bytes('two'), true)
    expect(chain.seen()).toBe('b:d(two)! a:h a:d(onetwo)!')
    expect(chain.out()).toContain('onetwo')
  })

  test.each(['stop-all-and-buffer', 'stop-all-and-watermark'] as const)('%s', (status) => {
    const chain = new ScriptedChain()
    chain.b.onResponseHeaders = () => status
    chain.get().seen()
    chain.respond('one')
    expect(chain.seen()).toBe('b:h')
    chain.b.encoder.continueEncoding()
    expect(chain.seen()).toBe('a:h b:d(one)! a:d(one)!')
  })

  test('a body that is held beyond the limit is 500, or resets what has begun', () => {
    const held = new ScriptedChain(undefined, 4)
    held.b.onResponseHeaders = () => 'stop-iteration'
    held.b.onResponseData = () => 'stop-and-buffer'
    expect(held.get().respond('12345', false).out()).toStartWith('HTTP/1.1 500 ')
    const begun = new ScriptedChain(undefined, 4)
    begun.b.onResponseData = () => 'stop-and-buffer'
    begun.get().respond('12345', false)
    expect(begun.out()).toStartWith('HTTP/1.1 200 ')
    expect(begun.upstream.destroyed).toBeTrue()
    expect(begun.h.logged[0]).toMatchObject({ code: 200, details: 'response_payload_too_large' })
  })

  test('stop-and-watermark tells the producer', () => {
    const chain = new ScriptedChain(undefined, 4)
    chain.b.onResponseData = () => 'stop-and-watermark'
    let above = 0
    chain.get().upstream.callbacks.addDownstreamWatermarkCallbacks({
      onAboveHighWatermark: () => above++,
      onBelowLowWatermark: () => above--,
    })
    chain.respond('12345', false)
    expect(above).toBe(1)
    chain.b.encoder.continueEncoding()
    expect(above).toBe(0)
  })

  test('continue-and-dont-end-stream, data and trailers that are added', () => {
    const chain = new ScriptedChain()
    chain.b.onResponseHeaders = () => 'continue-and-dont-end-stream'
    chain.get().respond()
    chain.seen()
    chain.b.encoder.injectEncodedData(bytes('late'), true)
    expect(chain.seen()).toBe('a:d(late)!')
    const added = new ScriptedChain()
    added.b.onResponseHeaders = () => {
      added.b.encoder.addEncodedData(bytes('added'), false)
      return 'continue'
    }
    added.b.onResponseData = () => 'continue'
    added.get().seen()
    added.respond()
    expect(added.seen()).toBe('b:h! a:h a:d(added)!')
    const trailers = new ScriptedChain()
    trailers.b.onResponseData = (_, end) => {
      if (end) trailers.b.encoder.addEncodedTrailers().set('x-t', '1')
      return 'continue'
    }
    trailers.get().respond('x')
    expect(trailers.out()).toContain('1\r\nx\r\n0\r\nx-t: 1\r\n')
  })

  test('an informational response may be stopped, and goes before the rest', () => {
    const chain = new ScriptedChain()
    chain.b.on1xx = () => 'stop'
    chain.get().seen()
    chain.upstream.callbacks.encode1xx(newResponseHeaders(100))
    expect([chain.seen(), chain.out()]).toEqual(['b:1xx', ''])
    chain.b.encoder.continueEncoding()
    expect([chain.seen(), chain.out()]).toEqual(['a:1xx', 'HTTP/1.1 100 Continue\r\n\r\n'])
    chain.respond('x')
    expect(chain.seen()).toBe('b:h a:h b:d(x)! a:d(x)!')
  })
})

describe('local replies', () => {
  const reply = { status: 403, body: 'no', details: 'because' }
  const ANSWER = 'a:reply(because) b:reply(because) b:h a:h b:d(no)! a:d(no)!'

  test('from decodeHeaders: nobody behind sees the request, all see the reply', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => {
      chain.a.decoder.sendLocalReply(reply)
      return 'stop-iteration'
    }
    chain.get()
    expect(chain.seen()).toBe(`a:H! ${ANSWER}`)
    expect(chain.out()).toStartWith('HTTP/1.1 403 ')
  })

  test('from decodeData and decodeTrailers', () => {
    const data = new ScriptedChain()
    data.a.onData = () => {
      data.a.decoder.sendLocalReply(reply)
      return 'stop-no-buffer'
    }
    data.open().seen()
    data.chunk('x')
    expect(data.seen()).toBe(`a:D(x) ${ANSWER}`)
    const trailers = new ScriptedChain()
    trailers.a.onTrailers = () => {
      trailers.a.decoder.sendLocalReply(reply)
      return 'stop'
    }
    trailers.open().seen()
    trailers.end('x-t: 1')
    expect(trailers.seen()).toBe(`a:T! ${ANSWER}`)
  })

  test('later, from a timer', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => 'stop-iteration'
    chain.get().seen()
    chain.a.decoder.sendLocalReply(reply)
    expect(chain.seen()).toBe(ANSWER)
    // It is over: a late word of the filter is heard by nobody.
    chain.a.decoder.continueDecoding()
    expect(chain.seen()).toBe('')
  })

  test('from encodeHeaders: in place of the response, past the filters', () => {
    const chain = new ScriptedChain()
    chain.b.onResponseHeaders = () => {
      chain.b.encoder.sendLocalReply(reply)
      return 'stop-iteration'
    }
    chain.get().seen()
    chain.respond('x')
    expect(chain.seen()).toBe('b:h a:reply(because) b:reply(because)')
    expect(chain.out()).toMatch(/^HTTP\/1.1 403 [^]*no$/)
  })

  test('once the head has gone out, only a reset is left', () => {
    const chain = new ScriptedChain()
    chain.get().respond('x', false)
    chain.upstream.callbacks.sendLocalReply(reply)
    expect(chain.out()).toStartWith('HTTP/1.1 200 ')
    expect(chain.h.logged[0]).toMatchObject({ code: 200, details: 'because' })
    expect(chain.h.connection.state).toBe('closed')
  })

  test('a filter may ask for a reset instead', () => {
    const chain = new ScriptedChain()
    chain.b.onReply = () => 'continue-and-reset'
    chain.get()
    chain.upstream.callbacks.sendLocalReply(reply)
    expect([chain.out(), chain.h.connection.state]).toEqual(['', 'closed'])
  })

  test('the filter state tells who answered first', () => {
    const chain = new ScriptedChain()
    let owner: string | undefined = undefined
    chain.a.onResponseHeaders = () => {
      const name = 'envoy.filters.network.http_connection_manager.local_reply_owner'
      owner = chain.a.encoder.streamInfo.filterState.get(name)?.serializeAsString()
      return 'continue'
    }
    chain.b.onHeaders = () => {
      chain.b.decoder.sendLocalReply(reply)
      return 'stop-iteration'
    }
    chain.get()
    expect(owner as string | undefined).toBe('filter-1')
  })
})

describe('what filters leave', () => {
  test('dynamic metadata is merged by name, filter state is there for the next filter', () => {
    const chain = new ScriptedChain()
    chain.a.onHeaders = () => {
      const { streamInfo } = chain.a.decoder
      streamInfo.setDynamicMetadata('m', { one: 1 })
      streamInfo.setDynamicMetadata('m', { two: 2 })
      streamInfo.filterState.set('s', { serializeAsString: () => 'state' })
      return 'continue'
    }
    let seen: unknown = undefined
    chain.b.onHeaders = () => {
      const { streamInfo } = chain.b.decoder
      seen = [streamInfo.dynamicMetadata?.get('m'), streamInfo.filterState.get('s')?.serializeAsString()]
      return 'continue'
    }
    chain.get()
    expect(seen).toEqual([{ one: 1, two: 2 }, 'state'])
  })
})

describe('memory that a body came in', () => {
  const returned = (keepsNoBody: boolean): boolean => {
    const chain = new ScriptedChain([(b) => b.addFilter(Object.assign(new ScriptedFilter('a', []), { keepsNoBody }))])
    chain.open()
    const chunk = Buffer.from('body')
    lentBytes.lend(chunk)
    lentBytes.settle(chunk, 4)
    chain.chunk('body')
    return lentBytes.takeBack()
  }

  test('stays with filters that may look at it again', () => {
    expect(returned(false)).toBe(false)
  })

  test('goes back past filters that say they do not', () => {
    expect(returned(true)).toBe(true)
  })
})
