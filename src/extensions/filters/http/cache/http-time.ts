/** HTTP dates in their three forms (RFC 9110 §5.6.7). */

const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^\s*[a-z]+,\s*(?<day>\d{1,2})\s*(?<month>[a-z]+)\s*(?<year>\d+)\s+(?<h>\d{1,2}):(?<m>\d{1,2}):(?<s>\d{1,2})\s*GMT\s*$/i,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^\s*[a-z]+,\s*(?<day>\d{1,2})-(?<month>[a-z]+)-(?<short>\d{2})\s+(?<h>\d{1,2}):(?<m>\d{1,2}):(?<s>\d{1,2})\s*GMT\s*$/i,
  // Sun Nov  6 08:49:37 1994
  /^\s*[a-z]+\s+(?<month>[a-z]+)\s+(?<day>\d{1,2})\s+(?<h>\d{1,2}):(?<m>\d{1,2}):(?<s>\d{1,2})\s+(?<year>\d+)\s*$/i,
]

const MONTHS = 'january february march april may june july august september october november december'.split(' ')

/** ms since the epoch; 0 for no date. */
export function parseHttpTime(value: string | undefined): number {
  if (value === undefined) return 0
  for (const form of FORMS) {
    const fields = form.exec(value)?.groups
    if (fields !== undefined) return timeOf(fields)
  }
  return 0
}

function timeOf(fields: Record<string, string | undefined>): number {
  const name = fields.month!.toLowerCase()
  const month = MONTHS.findIndex((each) => each === name || each.slice(0, 3) === name)
  const day = Number(fields.day)
  const [hours, minutes, seconds] = [Number(fields.h), Number(fields.m), Number(fields.s)]
  if (month === -1 || hours > 23 || minutes > 59 || seconds > 60) return 0
  const date = new Date(0)
  date.setUTCFullYear(yearOf(fields), month, day)
  // A day that the month does not have.
  if (date.getUTCDate() !== day) return 0
  return date.setUTCHours(hours, minutes, seconds)
}

/** Two digits are of the years from 1969 on. */
function yearOf({ year, short }: Record<string, string | undefined>): number {
  if (short === undefined) return Number(year)
  return Number(short) + (Number(short) < 69 ? 2000 : 1900)
}
