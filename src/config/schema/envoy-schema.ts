/* Envoy's v3 API 1.40. The text is imported, so that a compiled binary carries it. */
import { Schema } from './schema.ts'
import text from '../../../schema/envoy.txt' with { type: 'text' }

export const envoySchema: Schema = new Schema(text)
