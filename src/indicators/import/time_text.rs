//! Times as our own formats write them: RFC 3339, a date alone, or seconds since 1970 after an `@`.

use crate::asn1::time::Time;

/// A time; `None` for an empty text. A date alone is its first second, a time without a zone is UTC.
///
/// # Errors
/// When the text is no time.
pub(super) fn read_time(text: &str) -> Result<Option<Time>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    time(text).map(Some).ok_or_else(|| format!("{text:?} is no time such as 2014-11-03T00:00:00Z or 2014-11-03"))
}

fn time(text: &str) -> Option<Time> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok().map(Time::from_unix);
    }
    let (date, clock) = text.split_at_checked("YYYY-MM-DD".len())?;
    let date = numbers(date, [4, 2, 2], '-')?;
    let Some(clock) = clock.strip_prefix(['T', 't', ' ']) else {
        return if clock.is_empty() { Time::from_calendar(date, [0, 0, 0]) } else { None };
    };
    let (clock, zone) = clock.split_at_checked("hh:mm:ss".len())?;
    let time = Time::from_calendar(date, numbers(clock, [2, 2, 2], ':')?)?;
    let zone = match zone.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => zone,
    };
    let east = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let [hours, minutes] = numbers(zone.strip_prefix(['+', '-'])?, [2, 2], ':')?;
            let in_range = hours <= 23 && minutes <= 59;
            let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
            in_range.then_some(seconds.checked_mul(sign)?)?
        }
    };
    time.unix().checked_sub(east).map(Time::from_unix)
}

/// Decimal numbers of fixed widths with a separator between them.
fn numbers<const N: usize>(text: &str, widths: [usize; N], separator: char) -> Option<[i64; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (number, width) in found.iter_mut().zip(widths) {
        let part = parts.next()?;
        let is_number = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = if is_number { part.parse().ok()? } else { return None };
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_writer() {
        let cases = [
            ("2014-11-03", Some("2014-11-03T00:00:00Z")),
            ("2014-11-03T01:02:03Z", Some("2014-11-03T01:02:03Z")),
            ("2014-11-03 01:02:03", Some("2014-11-03T01:02:03Z")),
            ("2014-11-03T01:02:03.123+02:00", Some("2014-11-02T23:02:03Z")),
            ("2014-11-03T01:02:03-00:30", Some("2014-11-03T01:32:03Z")),
            ("@1415059200", Some("2014-11-04T00:00:00Z")),
            ("@-1", Some("1969-12-31T23:59:59Z")),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_time(text).unwrap().map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_told() {
        let bad = [
            "2014",
            "2014-13-01",
            "2014-02-30",
            "2014-11-3",
            "03.11.2014",
            "2014-11-03T",
            "2014-11-03T25:00:00Z",
            "@x",
        ];
        let worse = [
            "2014-11-03T01:02:03.Z",
            "2014-11-03T01:02:03+2",
            "2014-11-03x",
            "é014-11-03",
            "2014-11-03T01:02:03+24:00",
        ];
        for text in bad.into_iter().chain(worse) {
            assert!(read_time(text).unwrap_err().contains("is no time"), "{text}");
        }
    }
}
