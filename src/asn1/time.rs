//! [`Time`]: the instants of certificates and signatures, read tolerantly.

use std::fmt;

use super::der::Element;
use super::tag;

/// An instant: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted. Negative before 1970.
///
/// `Display` is RFC 3339 in UTC, to the second: `2014-11-03T00:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The instant this many seconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The instant an UTCTime or GeneralizedTime element tells; `None` when its octets are no date.
    ///
    /// Laxer than RFC 5280, 4.1.2.5: seconds and the final `Z` may be absent, second 60, fractions and zone offsets are taken,
    /// because certificates and tokens with each of them are in use.
    pub(crate) fn lenient_from_element(element: Element<'_>) -> Option<Self> {
        let text = std::str::from_utf8(element.content.as_bytes()).ok()?;
        match element.tag {
            tag::UTC_TIME => {
                let (year, rest) = digits(text, 2)?;
                // RFC 5280, 4.1.2.5.1: YY of 50 and above is 19YY.
                let century = if year >= 50 { 1900 } else { 2000 };
                Self::lenient_from_parts(year.checked_add(century)?, rest)
            }
            tag::GENERALIZED_TIME => {
                let (year, rest) = digits(text, 4)?;
                Self::lenient_from_parts(year, rest)
            }
            _ => None,
        }
    }

    /// Whether the content of a UTCTime is a date for certain, as nearly every one is: complete, and no last day of a month. Costs a tenth
    /// of reading it.
    pub(crate) fn is_plain_utc(content: &[u8]) -> bool {
        let [years @ .., m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'] = content else { return false };
        let is_below =
            |tens: &u8, ones: &u8, end: [u8; 2]| tens.is_ascii_digit() && ones.is_ascii_digit() && [*tens, *ones] < end;
        years.len() == 2
            && years.iter().all(u8::is_ascii_digit)
            && [*m1, *m2] > *b"00"
            && is_below(m1, m2, *b"13")
            && [*d1, *d2] > *b"00"
            && is_below(d1, d2, if [*m1, *m2] == *b"02" { *b"29" } else { *b"31" })
            && is_below(h1, h2, *b"24")
            && is_below(n1, n2, *b"60")
            && is_below(s1, s2, *b"60")
    }

    /// The instant of a date (year, month, day) and a time of day (hour, minute, second) in UTC; `None` when there is none.
    pub(crate) fn from_calendar([year, month, day]: [i64; 3], [hour, minute, second]: [i64; 3]) -> Option<Self> {
        let in_range = (0..=23).contains(&hour) && (0..=59).contains(&minute) && (0..=60).contains(&second);
        let days = days_from_civil(year, month, day).filter(|_| in_range)?;
        let clock = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        let seconds = days.checked_mul(SECONDS_PER_DAY)?.checked_add(clock)?;
        (EARLIEST..=LATEST.saturating_add(SECONDS_PER_DAY)).contains(&seconds).then_some(Self(seconds))
    }

    /// The instant of `year` and the text after it: `MMDDhhmm[ss][.f…][Z|±hhmm]`.
    fn lenient_from_parts(year: i64, text: &str) -> Option<Self> {
        let (month, text) = digits(text, 2)?;
        let (day, text) = digits(text, 2)?;
        let (hour, text) = digits(text, 2)?;
        let (minute, text) = digits(text, 2)?;
        let (second, text) = digits(text, 2).unwrap_or((0, text));
        let text = match text.strip_prefix(['.', ',']) {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => text,
        };
        let east = match text {
            "" | "Z" | "z" => 0,
            zone => zone_offset(zone)?,
        };
        let local = Self::from_calendar([year, month, day], [hour, minute, second])?;
        let seconds = local.0.checked_sub(east)?;
        // RFC 3339 has years of four digits; a zone offset can lead out of them.
        (EARLIEST..=LATEST).contains(&seconds).then_some(Self(seconds))
    }
}

const SECONDS_PER_DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z.
const EARLIEST: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

/// The first `count` characters as a decimal number, and the rest.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let all_digits = head.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { Some((head.parse().ok()?, rest)) } else { None }
}

/// Seconds east of UTC of `+hhmm` or `-hhmm`.
fn zone_offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let (hours, rest) = digits(zone.get(1..)?, 2)?;
    let (minutes, rest) = digits(rest, 2)?;
    let in_range = rest.is_empty() && hours <= 23 && minutes <= 59;
    if !in_range {
        return None;
    }
    hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_mul(sign)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `None` when there is no such date.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year.checked_rem(4)? == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
    let month_length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=month_length).contains(&day) {
        return None;
    }
    // The year that begins in March makes the leap day the last of its year.
    let early = month <= 2;
    let year = if early { year.checked_sub(1)? } else { year };
    let month_from_march = if early { month.checked_add(9)? } else { month.checked_sub(3)? };
    let leap_days = year.div_euclid(4).checked_sub(year.div_euclid(100))?.checked_add(year.div_euclid(400))?;
    let days_before_month = month_from_march.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    let days = year.checked_mul(365)?.checked_add(leap_days)?.checked_add(days_before_month)?.checked_add(day)?;
    /// Days from 0000-03-01 to 1970-01-01, plus one because `day` counts from 1.
    const EPOCH: i64 = 719_469;
    days.checked_sub(EPOCH)
}

/// Year, month, day of the day this many days after 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // 400 years repeat: 146,097 days.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let leap_days = (day_of_era / 1_460).saturating_sub(day_of_era / 36_524).saturating_add(day_of_era / 146_096);
    let year_of_era = day_of_era.saturating_sub(leap_days) / 365;
    let days_before = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let day_of_year = day_of_era.saturating_sub(days_before);
    let month_from_march = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let days_before_month = month_from_march.saturating_mul(153).saturating_add(2) / 5;
    let day = day_of_year.saturating_sub(days_before_month).saturating_add(1);
    let early = month_from_march >= 10;
    let month = if early { month_from_march.saturating_sub(9) } else { month_from_march.saturating_add(3) };
    let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(i64::from(early));
    (year, month, day)
}

/// A number from 0 to 99 as two digits.
fn two_digits(number: i64) -> &'static str {
    const PAIRS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                         5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let start = usize::try_from(number).unwrap_or(0).saturating_mul(2);
    PAIRS.get(start..start.saturating_add(2)).unwrap_or("??")
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(SECONDS_PER_DAY));
        let clock = self.0.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
        if !(0..=9_999).contains(&year) {
            return write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        }
        // Every record holds many times, and padding numbers one by one costs more than all the rest of them.
        let pieces =
            [two_digits(year / 100), two_digits(year % 100), "-", two_digits(month), "-", two_digits(day), "T"];
        let clock = [two_digits(hour), ":", two_digits(minute), ":", two_digits(second), "Z"];
        pieces.into_iter().chain(clock).try_for_each(|piece| f.write_str(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Span;
    use proptest::prelude::*;

    fn read(tag: u32, text: &str) -> Option<String> {
        let content = Span::new(text.as_bytes(), 0);
        Time::lenient_from_element(Element { tag, raw: content, content, is_open: false }).map(|time| time.to_string())
    }

    #[test]
    fn every_form_met_in_certificates() {
        let cases = [
            (tag::UTC_TIME, "141103000000Z", Some("2014-11-03T00:00:00Z")),
            (tag::UTC_TIME, "141103000000", Some("2014-11-03T00:00:00Z")),
            (tag::UTC_TIME, "1411030000Z", Some("2014-11-03T00:00:00Z")),
            (tag::UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (tag::UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (tag::UTC_TIME, "161231235960Z", Some("2017-01-01T00:00:00Z")),
            (tag::UTC_TIME, "141103013000+0130", Some("2014-11-03T00:00:00Z")),
            (tag::GENERALIZED_TIME, "20141103000000Z", Some("2014-11-03T00:00:00Z")),
            (tag::GENERALIZED_TIME, "20141103000000.123456789Z", Some("2014-11-03T00:00:00Z")),
            (tag::GENERALIZED_TIME, "20141102230000,5-0100", Some("2014-11-03T00:00:00Z")),
            (tag::GENERALIZED_TIME, "99991231235959Z", Some("9999-12-31T23:59:59Z")),
            (tag::GENERALIZED_TIME, "00000101000000Z", Some("0000-01-01T00:00:00Z")),
            (tag::GENERALIZED_TIME, "99991231235959-0100", None),
            (tag::GENERALIZED_TIME, "00000101000000+0100", None),
            (tag::GENERALIZED_TIME, "20000229000000Z", Some("2000-02-29T00:00:00Z")),
            (tag::GENERALIZED_TIME, "19000229000000Z", None),
            (tag::UTC_TIME, "141332000000Z", None),
            (tag::UTC_TIME, "141103250000Z", None),
            (tag::UTC_TIME, "14110300000é", None),
            (tag::UTC_TIME, "", None),
            (tag::INTEGER, "141103000000Z", None),
        ];
        for (tag, text, expected) in cases {
            assert_eq!(read(tag, text).as_deref(), expected, "{text}");
            let is_plain = tag == tag::UTC_TIME && Time::is_plain_utc(text.as_bytes());
            assert!(!is_plain || expected.is_some(), "{text}");
        }
        assert!(Time::is_plain_utc(b"141103000000Z") && Time::is_plain_utc(b"000228235959Z"));
    }

    proptest! {
        /// What is taken for a date without reading it is one.
        #[test]
        fn plain_dates_are_dates(text in "[0-9]{2}[0-3][0-9][0-3][0-9][0-2][0-9][0-6][0-9][0-6][0-9Z][Zz0]") {
            prop_assert!(!Time::is_plain_utc(text.as_bytes()) || read(tag::UTC_TIME, &text).is_some());
        }

        #[test]
        fn days_and_dates_are_inverse(days in -700_000_i64..3_000_000) {
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!(days_from_civil(year, month, day), Some(days));
        }
    }
}
