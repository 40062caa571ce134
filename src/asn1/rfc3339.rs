//! [`Time`] as RFC 3339 writes it.

use super::time::Time;

impl Time {
    /// The instant of a text such as `2014-11-03T00:00:00Z`; `None` when it is no time. A fraction of a second is cut off, a time without
    /// a zone is UTC, a date alone is its first second.
    ///
    /// ```
    /// use certsift::Time;
    ///
    /// let time = Time::from_rfc3339("2014-11-03T01:30:00+01:30").unwrap();
    /// assert_eq!(time.to_string(), "2014-11-03T00:00:00Z");
    /// assert_eq!(Time::from_rfc3339("2014-11-03"), Some(time));
    /// assert_eq!(Time::from_rfc3339("yesterday"), None);
    /// ```
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (date, clock) = text.split_at_checked("YYYY-MM-DD".len())?;
        let date = numbers(date, [4, 2, 2], '-')?;
        let Some(clock) = clock.strip_prefix(['T', 't', ' ']) else {
            return if clock.is_empty() { Self::from_calendar(date, [0, 0, 0]) } else { None };
        };
        let (clock, zone) = clock.split_at_checked("hh:mm:ss".len())?;
        let time = Self::from_calendar(date, numbers(clock, [2, 2, 2], ':')?)?;
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
        time.unix().checked_sub(east).map(Self::from_unix)
    }
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
