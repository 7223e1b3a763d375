/**
 * Dates as HTTP writes them (RFC 9110 §5.6.7).
 *
 * Promise: reads the form that is sent today and the two obsolete ones, and nothing near them;
 * weekday, day and time must exist and agree. Limits: a year of two digits is 1970 to 2069.
 *
 * @module
 */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const forms: readonly RegExp[] = [
  /^(?<weekday>[A-Z][a-z]{2}), (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?<weekday>[A-Z][a-z]{5,8}), (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?<weekday>[A-Z][a-z]{2}) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

/**
 * Seconds since 1970 of an HTTP date, `undefined` when it is not one.
 *
 * @example
 * parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"); // 784111777
 */
export function parseHttpDate(text: string): number | undefined {
  const groups = forms.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  if (groups === undefined) return undefined;
  const { day = "", month = "", time = "", weekday = "", year = "" } = groups;
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  // 60 is a leap second, which the format allows and the calendar counts into the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(fullYear(year), months.indexOf(month), Number(day));
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== months.indexOf(month))
    return undefined;
  const name = days[date.getUTCDay()] ?? "";
  if (weekday !== name && weekday !== name.slice(0, 3)) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}
