/* Methods of Buffer that the runtime has and its published types leave out. They copy without encoding look-up. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string
  utf8Slice(start?: number, end?: number): string
  asciiSlice(start?: number, end?: number): string
  /** Bytes written. */
  latin1Write(text: string, offset?: number, length?: number): number
  utf8Write(text: string, offset?: number, length?: number): number
}
