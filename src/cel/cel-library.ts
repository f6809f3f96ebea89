/**
 * The library that parses and evaluates CEL. It takes 30 ms and some megabytes of a thread, so it is loaded when the
 * first expression is compiled.
 */
export interface CelLibrary {
  readonly cel: typeof import('@bufbuild/cel')
  readonly strings: (typeof import('@bufbuild/cel/ext'))['strings']
  readonly syntax: typeof import('@bufbuild/cel-spec/cel/expr/syntax_pb.js')
  readonly protobuf: typeof import('@bufbuild/protobuf')
  readonly wellKnown: typeof import('@bufbuild/protobuf/wkt')
}

export function celLibrary(): CelLibrary {
  return {
    cel: require('@bufbuild/cel') as CelLibrary['cel'],
    strings: (require('@bufbuild/cel/ext') as typeof import('@bufbuild/cel/ext')).strings,
    syntax: require('@bufbuild/cel-spec/cel/expr/syntax_pb.js') as CelLibrary['syntax'],
    protobuf: require('@bufbuild/protobuf') as CelLibrary['protobuf'],
    wellKnown: require('@bufbuild/protobuf/wkt') as CelLibrary['wellKnown'],
  }
}
