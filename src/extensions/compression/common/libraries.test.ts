import { describe, expect, test } from 'bun:test'
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { CompressorFactory, DecompressorFactory } from '../../../api/compression.ts'
import type { Extension, FactoryContext } from '../../../api/extension.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { parseMessage } from '../../../config/parse-message.ts'
import { parseRoot } from '../../../config/parse-root.ts'
import { CountingScope } from '../../../http/testing/counting-scope.ts'
import { extension as brotliCompressor } from '../brotli/compressor/extension.ts'
import { extension as brotliDecompressor } from '../brotli/decompressor/extension.ts'
import { extension as gzipCompressor } from '../gzip/compressor/extension.ts'
import { extension as gzipDecompressor } from '../gzip/decompressor/extension.ts'
import { extension as zstdCompressor } from '../zstd/compressor/extension.ts'
import { extension as zstdDecompressor } from '../zstd/decompressor/extension.ts'

function made<C, P>(extension: Extension<C, never> | { typeNames: readonly string[] }, yaml = '{}'): P {
  const { typeNames, parse, create } = extension as Extension<C>
  const type = typeNames[0]!
  const message = parseMessage(type, yaml)
  if (!message.ok) throw new Error(message.errors.map((error) => error.message).join('\n'))
  const parsed = parseRoot(type, message.value, {}, (reader) => parse(reader, {} as never))
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join('\n'))
  return create(parsed.value, {} as FactoryContext) as P
}

const LIBRARIES = [
  ['gzip', gzipCompressor, gzipDecompressor, gzipSync, gunzipSync],
  ['brotli', brotliCompressor, brotliDecompressor, brotliCompressSync, brotliDecompressSync],
  ['zstd', zstdCompressor, zstdDecompressor, zstdCompressSync, zstdDecompressSync],
] as const

function queueOf(...chunks: readonly (string | Uint8Array)[]): ByteQueue {
  const queue = new ByteQueue()
  for (const chunk of chunks) queue.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return queue
}

/** Body of little redundancy, so that a byte of it never becomes more than a library lets it; larger than any chunk. */
const LONG = Array.from({ length: 20_000 }, (_, i) => ((i * i * 2654435761) % 4294967296).toString(36)).join(' ')

describe.each(LIBRARIES.map((each) => [...each]))(
  '%s',
  (name, compressor, decompressor, compressSync, decompressSync) => {
    const compressors = made<unknown, CompressorFactory>(compressor)
    const scope = new CountingScope()
    const decompressors = made<unknown, DecompressorFactory>(decompressor).withStats(scope)

    const compressed = (...pieces: readonly string[]): Buffer => {
      const stream = compressors.create()
      const all = new ByteQueue()
      for (const piece of pieces) {
        const data = queueOf(piece)
        stream.compress(data, false)
        data.moveTo(all)
      }
      const last = new ByteQueue()
      stream.compress(last, true)
      last.moveTo(all)
      stream.close()
      return Buffer.from(all.linearize())
    }

    test('what it writes others read', () => {
      expect(decompressSync(compressed('one', 'two', LONG)).toString()).toBe(`onetwo${LONG}`)
      expect(decompressSync(compressed()).toString()).toBe('')
    })

    test('chunks of one call become one stream', () => {
      const stream = compressors.create()
      const data = queueOf('a', LONG, 'b')
      stream.compress(data, true)
      expect(decompressSync(data.linearize()).toString()).toBe(`a${LONG}b`)
      stream.close()
    })

    test('it reads what others write, whole and byte by byte', () => {
      const wire = compressSync(Buffer.from(LONG))
      for (const size of [wire.length, 1]) {
        const stream = decompressors.create()
        const all = new ByteQueue()
        for (let at = 0; at < wire.length; at += size) {
          const data = queueOf(wire.subarray(at, at + size))
          stream.decompress(data)
          data.moveTo(all)
        }
        stream.close()
        expect(Buffer.from(all.linearize()).toString() === LONG).toBeTrue()
      }
    })

    test('garbage gives nothing, and is counted', () => {
      const errors = name === 'gzip' ? 'zlib_data_error' : name === 'brotli' ? 'brotli_error' : 'zstd_generic_error'
      const before = scope.valueOf(errors)!
      const stream = decompressors.create()
      for (let i = 0; i < 2; i++) {
        const data = queueOf('this is not compressed')
        stream.decompress(data)
        expect(data.length).toBe(0)
      }
      stream.close()
      expect(scope.valueOf(errors)).toBe(before + 2)
    })

    test('a bomb makes no more than its limit and two chunks', () => {
      const wire = compressSync(Buffer.alloc(50_000_000))
      const stream = decompressors.create()
      const data = queueOf(wire)
      stream.decompress(data)
      stream.close()
      expect(data.length).toBeLessThanOrEqual(wire.length * 100 + 2 * 131_072)
    })
  },
)

describe('gzip', () => {
  test('body is flushed as it comes; sizes are those of Envoy', () => {
    const stream = made<unknown, CompressorFactory>(gzipCompressor).create()
    const data = queueOf('a'.repeat(500))
    stream.compress(data, false)
    const first = data.length
    const last = new ByteQueue()
    stream.compress(last, true)
    stream.close()
    expect([first, last.length]).toEqual([23, 10])
  })

  test('what follows the first member is dropped', () => {
    const stream = made<unknown, DecompressorFactory>(gzipDecompressor).withStats(new CountingScope()).create()
    const data = queueOf(Buffer.concat([gzipSync('one'), gzipSync('two')]))
    stream.decompress(data)
    stream.close()
    expect(Buffer.from(data.linearize()).toString()).toBe('one')
  })

  test('max_inflate_ratio is the limit', () => {
    const scope = new CountingScope()
    const factory = made<unknown, DecompressorFactory>(gzipDecompressor, 'max_inflate_ratio: 1000')
    const stream = factory.withStats(scope).create()
    const data = queueOf(gzipSync(Buffer.alloc(100_000)))
    stream.decompress(data)
    stream.close()
    expect([data.length, scope.valueOf('zlib_data_error')]).toEqual([100_000, 0])
  })

  test('levels and strategies by name', () => {
    for (const yaml of [
      'compression_level: COMPRESSION_LEVEL_7',
      'compression_level: BEST_SPEED',
      'compression_strategy: RLE, window_bits: 9, memory_level: 9, chunk_size: 65536',
    ]) {
      const stream = made<unknown, CompressorFactory>(gzipCompressor, `{${yaml}}`).create()
      const data = queueOf(LONG)
      stream.compress(data, true)
      stream.close()
      expect(gunzipSync(data.linearize()).toString() === LONG).toBeTrue()
    }
  })
})

test('brotli: what follows its end is redundant', () => {
  const scope = new CountingScope()
  const stream = made<unknown, DecompressorFactory>(brotliDecompressor).withStats(scope).create()
  const data = queueOf(Buffer.concat([brotliCompressSync('one'), Buffer.from('tail')]))
  stream.decompress(data)
  stream.close()
  expect(Buffer.from(data.linearize()).toString()).toBe('one')
  expect(scope.valueOf('brotli_redundant_input')).toBe(1)
})

test('zstd: dictionaries are refused', () => {
  expect(() => made(zstdCompressor, '{dictionary: {inline_string: x}}')).toThrow('dictionary')
  expect(() => made(zstdDecompressor, '{dictionaries: [{inline_string: x}]}')).toThrow('dictionaries')
})
