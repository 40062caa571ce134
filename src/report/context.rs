//! What events tell about a file, and what context filters make of its matches then.

use super::matched::severity;
use super::{ContextRecord, FilterRecord, MatchRecord, Report};
use crate::event::filter::{FilterAction, FilterHit, filtered};

/// Filters that one record tells: what makes them hold may differ from event to event, and of those there may be many.
const MOST_FILTERS: usize = 64;

impl Report {
    /// Tells what context filters say of the matches, and lowers or suppresses them where that is asked for. `events` has the filters that hold of
    /// each event that names the file; where there is none, nothing is known and nothing changes.
    ///
    /// What one event excuses another may not: a match is lowered or suppressed where the filters ask for it in **every** event. It is suppressed
    /// only with `allow_suppress`, and never where it is critical, or nobody says how bad it is. A match that is suppressed stays in the record,
    /// with the action `suppress`, and no longer counts ([`MatchRecord::is_strong`]).
    ///
    /// ```
    /// use certsift::{Filters, IndicatorTable, Input, Report, SignedFile};
    /// use serde_json::json;
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let mut report = Report::new(Input::default(), &SignedFile::parse(bytes)?, &IndicatorTable::builtin());
    /// let event = json!({"process": {"executable": "/usr/bin/dpkg", "args": ["dpkg", "--unpack", "a.deb"]}});
    /// report.add_context(&[Filters::builtin("hardened").hits(&event)], false);
    /// let context = report.matches[0].context.as_ref().unwrap();
    /// assert_eq!((context.action.as_str(), context.filters[0].id.as_str()), ("annotate", "CF4-os-update"));
    /// # Ok::<(), certsift::Error>(())
    /// ```
    pub fn add_context(&mut self, events: &[Vec<FilterHit>], allow_suppress: bool) {
        if events.is_empty() {
            return;
        }
        let mut filters: Vec<FilterRecord> = Vec::new();
        for hit in events.iter().flatten() {
            let record = FilterRecord::from(hit);
            if filters.len() < MOST_FILTERS && !filters.contains(&record) {
                filters.push(record);
            }
        }
        for found in &mut self.matches {
            found.judge(events, &filters, allow_suppress);
        }
    }
}

impl MatchRecord {
    fn judge(&mut self, events: &[Vec<FilterHit>], filters: &[FilterRecord], allow_suppress: bool) {
        let before = severity(self);
        let outcomes = before.map(|severity| events.iter().map(move |hits| filtered(severity, hits, allow_suppress)));
        let is_suppressed = outcomes.clone().is_some_and(|mut all| all.all(|outcome| outcome.is_suppressed));
        let after = outcomes.and_then(|all| all.map(|outcome| outcome.severity).max());
        let action = match () {
            () if is_suppressed => Some(FilterAction::Suppress),
            () if after < before => Some(FilterAction::Lower),
            () => (!filters.is_empty()).then_some(FilterAction::Annotate),
        };
        self.severity = after.map(|severity| severity.as_str().to_owned());
        self.context = Some(ContextRecord {
            action: action.map_or("none", FilterAction::as_str).to_owned(),
            events: events.len(),
            filters: filters.to_vec(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::SignedFile;
    use crate::indicators::table::IndicatorTable;
    use crate::report::Input;

    fn hit(action: FilterAction, value: usize) -> FilterHit {
        let (id, profile) = ("F".to_owned(), "p".to_owned());
        FilterHit { id, profile, action, field: Some("process.name".to_owned()), value: Some(value.to_string()) }
    }

    #[test]
    fn what_every_event_excuses() {
        use FilterAction::{Annotate, Lower, Suppress};
        let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
        let file = SignedFile::parse(bytes).unwrap();
        let plain = Report::new(Input::default(), &file, &IndicatorTable::builtin());
        assert_eq!(plain.matches[0].severity.as_deref(), Some("high"));
        // Severity, the filters of each event, whether they may suppress; action, severity, whether it still counts.
        type Row<'r> = (Option<&'r str>, &'r [&'r [FilterAction]], bool, &'r str, Option<&'r str>, bool);
        let rows: &[Row<'_>] = &[
            (Some("high"), &[&[]], true, "none", Some("high"), true),
            (Some("high"), &[&[Annotate]], true, "annotate", Some("high"), true),
            (Some("high"), &[&[Lower]], false, "lower", Some("medium"), true),
            (Some("high"), &[&[Lower], &[Lower, Annotate]], false, "lower", Some("medium"), true),
            (Some("high"), &[&[Lower], &[]], false, "annotate", Some("high"), true),
            (Some("high"), &[&[Suppress]], false, "annotate", Some("high"), true),
            (Some("high"), &[&[Suppress]], true, "suppress", Some("high"), false),
            (Some("high"), &[&[Suppress], &[Lower]], true, "annotate", Some("high"), true),
            (Some("high"), &[&[], &[Suppress]], true, "annotate", Some("high"), true),
            (Some("critical"), &[&[Suppress]], true, "annotate", Some("critical"), true),
            (Some("critical"), &[&[Lower, Suppress]], true, "lower", Some("high"), true),
            (None, &[&[Suppress]], true, "annotate", None, true),
            (None, &[&[Lower]], true, "annotate", None, true),
        ];
        for (severity, events, allow, action, after, counts) in rows {
            let mut report = plain.clone();
            report.matches[0].severity = severity.map(str::to_owned);
            let events: Vec<Vec<FilterHit>> =
                events.iter().map(|actions| actions.iter().map(|action| hit(*action, 1)).collect()).collect();
            report.add_context(&events, *allow);
            let found = &report.matches[0];
            let context = found.context.as_ref().unwrap();
            let told = (context.action.as_str(), found.severity.as_deref(), found.is_strong());
            assert_eq!(told, (*action, *after, *counts), "{severity:?} {events:?} {allow}");
            assert_eq!((report.has_strong_match(), context.events), (*counts, events.len()));
        }
    }

    #[test]
    fn what_no_event_names_stays_as_it_is() {
        let file = SignedFile::parse(include_bytes!("../../tests/fixtures/seed_pe32.exe")).unwrap();
        let plain = Report::new(Input::default(), &file, &IndicatorTable::builtin());
        let mut report = plain.clone();
        report.add_context(&[], true);
        assert_eq!(report, plain);
    }

    #[test]
    fn filters_are_told_once_and_not_without_end() {
        let file = SignedFile::parse(include_bytes!("../../tests/fixtures/seed_pe32.exe")).unwrap();
        let mut report = Report::new(Input::default(), &file, &IndicatorTable::builtin());
        let events: Vec<Vec<FilterHit>> =
            (0..200).map(|number| vec![hit(FilterAction::Annotate, number / 2)]).collect();
        report.add_context(&events, false);
        let context = report.matches[0].context.as_ref().unwrap();
        assert_eq!((context.events, context.filters.len()), (200, MOST_FILTERS));
    }
}
