/** What a command line can do wrong; ends in a message on standard error and exit code 1, never in a stack trace. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
}
