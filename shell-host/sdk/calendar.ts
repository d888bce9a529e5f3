// Dates of the Gregorian calendar, in UTC.

/** A moment, taken apart. */
export class DateTime {
  constructor(
    public year: i32,
    /** 1..12 */
    public month: i32,
    /** 1..31 */
    public day: i32,
    /** 0 is Sunday. */
    public weekday: i32,
    public hour: i32,
    public minute: i32,
    public second: i32,
  ) {}
}

const DAY_SECONDS: i64 = 86_400;
const MONTHS: string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const WEEKDAYS: string[] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The date of `ns` nanoseconds since 1970 UTC. */
export function dateTimeOf(ns: i64): DateTime {
  const seconds = ns / 1_000_000_000;
  const days = seconds / DAY_SECONDS;
  const rest = <i32>(seconds % DAY_SECONDS);
  // Years begin in March, so that the leap day is their last; an era has 400 years, 146,097 days.
  const shifted = days + 719_468;
  const era = shifted / 146_097;
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const monthFromMarch = (5 * dayOfYear + 2) / 153;
  const day = <i32>(dayOfYear - (153 * monthFromMarch + 2) / 5) + 1;
  const month = <i32>monthFromMarch + (monthFromMarch < 10 ? 3 : -9);
  const year = <i32>(yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
  return new DateTime(year, month, day, <i32>((days + 4) % 7), rest / 3600, (rest / 60) % 60, rest % 60);
}

export function monthName(month: i32): string {
  return MONTHS[month - 1];
}

export function weekdayName(weekday: i32): string {
  return WEEKDAYS[weekday];
}

/** In two digits at least. */
export function twoDigits(value: i32): string {
  return value < 10 ? "0" + value.toString() : value.toString();
}
