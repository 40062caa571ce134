//! The instants of feeds and tool output, in the many forms they are written in.

use crate::asn1::time::Time;

/// Reads a date, or a date and a time of day. A zone that is not told is UTC; a date alone is its first second.
///
/// | form | met in |
/// |---|---|
/// | `2029-01-01T00:00:00.123Z`, `…+01:00` | CSCB, STIX, ECS, Microsoft Defender, Velociraptor |
/// | `2029-01-01 00:00:00`, `… UTC` | CSCB, LOLDrivers, osquery |
/// | `2029-01-01` | CertGraveyard |
/// | `Oct  7 00:00:00 2020 GMT` | CSCB: the text of OpenSSL |
/// | `02:00 AM 11/22/2026`, `11/22/2026 2:00:00 AM` | VirusTotal, tools of Windows: month first |
/// | `Nov 22, 2026 2:00:00 AM` | portals of Microsoft |
pub(crate) fn read_time(text: &str) -> Option<Time> {
    let mut parts = Parts::default();
    for word in text.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        parts.read_word(word)?;
    }
    let [hour, minute, second] = parts.clock.unwrap_or_default();
    let hour = match (parts.is_afternoon, hour) {
        (None, hour) => hour,
        (Some(_), 0 | 13..) => return None,
        (Some(false), 12) => 0,
        (Some(true), 12) => 12,
        (Some(afternoon), hour) => hour.checked_add(if afternoon { 12 } else { 0 })?,
    };
    let local = Time::from_calendar([parts.year?, parts.month?, parts.day?], [hour, minute, second])?;
    Some(Time::from_unix(local.unix().checked_sub(parts.seconds_east)?))
}

#[derive(Debug, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    clock: Option<[i64; 3]>,
    is_afternoon: Option<bool>,
    seconds_east: i64,
}

impl Parts {
    fn read_word(&mut self, word: &str) -> Option<()> {
        const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "gmt" | "utc" | "z" => {}
            "am" | "pm" => set(&mut self.is_afternoon, lower == "pm")?,
            _ if word.contains('/') => {
                let [month, day, year] = numbers(word, '/')?;
                self.set_date([year, month, day])?;
            }
            _ => match word.split_once(['T', 't']) {
                Some((date, clock)) if date.contains('-') => {
                    self.read_date(date)?;
                    self.read_clock(clock)?;
                }
                _ if word.contains(':') => self.read_clock(word)?,
                _ if word.contains('-') => self.read_date(word)?,
                _ => match MONTHS.iter().zip(1..).find(|(month, _)| lower.get(..3) == Some(month)) {
                    Some((_, month)) => set(&mut self.month, month)?,
                    None if word.len() == 4 => set(&mut self.year, number(word)?)?,
                    None => set(&mut self.day, number(word)?)?,
                },
            },
        }
        Some(())
    }

    fn read_date(&mut self, text: &str) -> Option<()> {
        let date = numbers(text, '-')?;
        self.set_date(date)
    }

    fn set_date(&mut self, [year, month, day]: [i64; 3]) -> Option<()> {
        set(&mut self.year, year)?;
        set(&mut self.month, month)?;
        set(&mut self.day, day)
    }

    /// `hh:mm[:ss[.f…]][Z|±hh:mm|±hhmm]`
    fn read_clock(&mut self, text: &str) -> Option<()> {
        let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        let (clock, zone) = match text.find(['+', '-']) {
            Some(at) => text.split_at_checked(at)?,
            None => (text, ""),
        };
        if let Some(sign) = zone.chars().next() {
            let digits: String = zone.chars().skip(1).filter(|&c| c != ':').collect();
            let (hours, minutes) = digits.split_at_checked(2)?;
            let (hours, minutes) = (number(hours)?, if minutes.is_empty() { 0 } else { number(minutes)? });
            let east = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            self.seconds_east = if sign == '-' { east.checked_neg()? } else { east };
        }
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut fields = clock.split(':');
        let clock = [number(fields.next()?)?, number(fields.next()?)?, fields.next().map_or(Some(0), number)?];
        if fields.next().is_some() {
            return None;
        }
        set(&mut self.clock, clock)
    }
}

/// A part that is told twice is none.
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut fields = text.split(separator);
    let numbers = [number(fields.next()?)?, number(fields.next()?)?, number(fields.next()?)?];
    fields.next().is_none().then_some(numbers)
}

fn number(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let cases = [
            ("2029-01-01T00:00:00Z", Some("2029-01-01T00:00:00Z")),
            ("2029-01-01T01:30:00.1234567+01:30", Some("2029-01-01T00:00:00Z")),
            ("2028-12-31T23:00:00-0100", Some("2029-01-01T00:00:00Z")),
            ("2029-01-01 10:11:12", Some("2029-01-01T10:11:12Z")),
            ("2022-06-17 10:40:02 UTC", Some("2022-06-17T10:40:02Z")),
            ("2029-01-01", Some("2029-01-01T00:00:00Z")),
            ("Oct  7 23:59:59 2020 GMT", Some("2020-10-07T23:59:59Z")),
            ("02:00 AM 11/22/2026", Some("2026-11-22T02:00:00Z")),
            ("12:05 PM 1/2/2020", Some("2020-01-02T12:05:00Z")),
            ("12:05 AM 1/2/2020", Some("2020-01-02T00:05:00Z")),
            ("11/22/2026 2:03:04 PM", Some("2026-11-22T14:03:04Z")),
            ("Nov 22, 2026 2:03:04 PM", Some("2026-11-22T14:03:04Z")),
            ("13:00 PM 11/22/2026", None),
            ("22/11/2026", None),
            ("2029-02-30", None),
            ("2029-01-01T00:00:00+24:00", None),
            ("2029-01-01T00", None),
            ("2029-01-01 2030-01-01", None),
            ("soon", None),
            ("???", None),
            ("é", None),
            ("", None),
            ("1795310603", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_time(text).map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
