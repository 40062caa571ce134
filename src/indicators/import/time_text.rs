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
    Time::from_rfc3339(text)
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
