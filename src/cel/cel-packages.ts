/** The packages behind CEL as one module, so that it is loaded as one (see `cel-library.ts`). */
export * as cel from '@bufbuild/cel'
export { strings } from '@bufbuild/cel/ext'
export * as syntax from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
export * as protobuf from '@bufbuild/protobuf'
export * as wellKnown from '@bufbuild/protobuf/wkt'
