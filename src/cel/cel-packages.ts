/** The packages behind CEL as one module, so that it is loaded as one (see `cel-library.ts`). */
import * as cel from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import * as syntax from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import * as protobuf from '@bufbuild/protobuf'
import * as wellKnown from '@bufbuild/protobuf/wkt'

export { cel, protobuf, strings, syntax, wellKnown }
