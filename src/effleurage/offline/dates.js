// ---- dates.js: moments of the clock on a wall, without zone (translates lib/dates.py).
//
// A moment is {year, month, day, days, micros}: days since 1970-01-01 and microseconds since midnight, whole numbers.
// No `Date` reads a text here: that would bring the zone of the tablet in, and with it an hour that comes twice.

const MOMENT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{6}))?)?$/;
const MICROS_A_MINUTE = 60000000;
const MINUTES_A_DAY = 1440;

/** The moment that a text 'YYYY-MM-DDTHH:MM[:SS[.ffffff]]' says; null for any other text. */
function readMoment(text) {
  const match = MOMENT.exec(text);
  if (!match) {
    return null;
  }
  const [year, month, day, hour, minute, second, micro] = match.slice(1).map((part) => Number(part || 0));
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  const exists = year > 0 && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) {
    return null;
  }
  const micros = (hour * 60 + minute) * MICROS_A_MINUTE + second * 1000000 + micro;
  return { year, month, day, days: midnight.getTime() / 86400000, micros };
}

/** Completed months from start to end; negative when end lies before start. */
function wholeMonths(start, end) {
  const months = (end.year - start.year) * 12 + end.month - start.month;
  const early = end.day === start.day ? end.micros < start.micros : end.day < start.day;
  return months - (early ? 1 : 0);
}

/** Completed years; somebody born on 29 February has the birthday on 1 March in other years. */
const wholeYears = (start, end) => Math.floor(wholeMonths(start, end) / 12);

const wholeDays = (start, end) => end.days - start.days;

const wholeMinutes = (start, end) =>
  (end.days - start.days) * MINUTES_A_DAY + Math.floor((end.micros - start.micros) / MICROS_A_MINUTE);

const wholeHours = (start, end) => Math.floor(wholeMinutes(start, end) / 60);

/** Whether more than `limit` days, to the microsecond, have passed from start to end. */
function moreDaysThan(limit, start, end) {
  const days = end.days - start.days;
  return days > limit || (days === limit && end.micros > start.micros);
}
