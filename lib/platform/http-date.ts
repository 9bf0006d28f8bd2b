const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const YEAR = 31_556_952_000

const [TIME, MONTH] = ['(?<time>\\d\\d:\\d\\d:\\d\\d)', '(?<month>[A-Z][a-z]{2})']
/** RFC 9110 §5.6.7: IMF-fixdate, RFC 850, asctime. A zone that is left out is GMT, as it is in the last of them. */
const FORMS = [
  `[A-Z][a-z]{2}, (?<day>\\d\\d?) ${MONTH} (?<year>\\d{4}) ${TIME}(?: (?<zone>\\S+))?`,
  `[A-Z][a-z]+, (?<day>\\d\\d?)-${MONTH}-(?<year>\\d\\d|\\d{4}) ${TIME}(?: (?<zone>\\S+))?`,
  `[A-Z][a-z]{2} ${MONTH} +(?<day>\\d\\d?) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`))

/**
 * An HTTP-date in all of its three forms, read as GMT wherever we are; undefined for anything else. A year of two digits is the one
 * of this name that is not more than fifty years from now.
 */
export function httpDate(written: string, now: Date): Date | undefined {
  const text = written.trim()
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((each) => each !== undefined)
  if (groups === undefined) return undefined
  const { day = '', month = '', year = '', time = '', zone = 'GMT' } = groups
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  const offset = offsetOf(zone)
  const [date, index] = [Number(day), MONTHS.indexOf(month)]
  if (offset === undefined || index < 0 || date < 1 || date > 31 || hours > 23 || minutes > 59 || seconds > 60)
    return undefined
  const moment = (of: number) => new Date(Date.UTC(of, index, date, hours, minutes, seconds) - offset)
  if (year.length === 4) return moment(Number(year))
  const thisCentury = moment(Math.floor(now.getUTCFullYear() / 100) * 100 + Number(year))
  return thisCentury.getTime() - now.getTime() > 50 * YEAR ? moment(thisCentury.getUTCFullYear() - 100) : thisCentury
}

/** In milliseconds. Senders are to write GMT; who writes another number means it. */
function offsetOf(zone: string): number | undefined {
  if (/^(GMT|UTC?|Z)$/.test(zone)) return 0
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  return sign === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
