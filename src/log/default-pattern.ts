/** What --log-format is when it is not given. */
export const DEFAULT_LOG_PATTERN = '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v'
