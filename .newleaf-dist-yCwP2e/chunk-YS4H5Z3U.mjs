import {
  DAY,
  after
} from "./chunk-QSJQ3NHR.mjs";

// lib/platform/http-date.ts
var MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
var YEAR = 31556952e3;
var [TIME, MONTH] = ["(?<time>\\d\\d:\\d\\d:\\d\\d)", "(?<month>[A-Z][a-z]{2})"];
var FORMS = [
  `[A-Z][a-z]{2}, (?<day>\\d\\d?) ${MONTH} (?<year>\\d{4}) ${TIME}(?: (?<zone>\\S+))?`,
  `[A-Z][a-z]+, (?<day>\\d\\d?)-${MONTH}-(?<year>\\d\\d|\\d{4}) ${TIME}(?: (?<zone>\\S+))?`,
  `[A-Z][a-z]{2} ${MONTH} +(?<day>\\d\\d?) ${TIME} (?<year>\\d{4})`
].map((form) => new RegExp(`^${form}$`));
function httpDate(written, now) {
  const text = written.trim();
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((each) => each !== void 0);
  if (groups === void 0) return void 0;
  const { day = "", month = "", year = "", time = "", zone = "GMT" } = groups;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  const offset = offsetOf(zone);
  const [date, index] = [Number(day), MONTHS.indexOf(month)];
  if (offset === void 0 || index < 0 || date < 1 || date > 31 || hours > 23 || minutes > 59 || seconds > 60)
    return void 0;
  const moment = (of) => new Date(Date.UTC(of, index, date, hours, minutes, seconds) - offset);
  if (year.length === 4) return moment(Number(year));
  const thisCentury = moment(Math.floor(now.getUTCFullYear() / 100) * 100 + Number(year));
  return thisCentury.getTime() - now.getTime() > 50 * YEAR ? moment(thisCentury.getUTCFullYear() - 100) : thisCentury;
}
function offsetOf(zone) {
  if (/^(GMT|UTC?|Z)$/.test(zone)) return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return sign === void 0 ? void 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 6e4;
}

// lib/platform/retry-after.ts
var LONGEST_WAIT = { authority: 7 * DAY, vendor: DAY };
var VALUES = /\s*[A-Z][a-z]{2,8},[^,]*|[^,]+/g;
var SECONDS = /^\d{1,10}(\.\d{1,10})?$/;
function retryAfter(headers, now, longest = LONGEST_WAIT.authority) {
  const text = headers["retry-after"]?.trim();
  const moments = (text?.match(VALUES) ?? []).flatMap((value) => momentOf(value.trim(), now) ?? []);
  if (moments.length === 0) return void 0;
  const latest = Math.max(...moments);
  return new Date(Math.min(Math.max(latest, now.getTime()), after(now, longest).getTime()));
}
var momentOf = (value, now) => SECONDS.test(value) ? now.getTime() + Number(value) * 1e3 : httpDate(value, now)?.getTime();

export {
  httpDate,
  LONGEST_WAIT,
  retryAfter
};
