//! What was verified of a signature, in a few words for a person.

use super::terminal::{Paint, shown};
use super::{MatchRecord, TimestampVerificationRecord, VerificationRecord};

impl VerificationRecord {
    /// The one thing that matters most.
    pub(super) fn outcome(&self) -> (Paint, String) {
        let is_table = self.revoked.by.as_deref() == Some("table");
        let validity = self.time.path_validity.as_deref().or(self.time.validity.as_deref());
        let is_other_file = self.digest_matches == Some(false) || self.digest_covers_image == Some(false);
        let words = match () {
            () if self.signature_valid == Some(false) || self.content_matches == Some(false) => "an altered signature",
            () if is_other_file && self.signature_valid == Some(true) => "a copied signature",
            () if is_other_file => "not the file that was signed",
            () if self.content_type_matches == Some(false) => "an altered signature",
            () if self.signature_valid.is_none() => "cannot be verified",
            () if self.revoked.status == "revoked" && is_table => "holds, its certificate is known to be abused",
            () if self.revoked.status == "revoked" => "holds, its certificate is revoked",
            () if self.code_signing == Some(false) => "holds, its certificate is not for code signing",
            () if self.anchor.is_none() => return (Paint::Quiet, "holds, no anchor reached".to_owned()),
            () if validity == Some("expired") => "holds, its certificate had expired",
            () if validity == Some("not_yet_valid") => "holds, its certificate was not yet valid",
            () => return (Paint::Good, self.anchored()),
        };
        (Paint::Warning, words.to_owned())
    }

    fn anchored(&self) -> String {
        let anchor = self.anchor.as_ref().map(|anchor| shown(&anchor.subject)).unwrap_or_default();
        let stamped = self.time.time.as_ref().map(|time| format!(", stamped {time}")).unwrap_or_default();
        let compared = if self.digest_matches.is_none() { ", digest not compared" } else { "" };
        format!("holds to {anchor}{stamped}{compared}")
    }
}

impl TimestampVerificationRecord {
    /// The one thing that matters most.
    pub(super) fn outcome(&self) -> &'static str {
        let facts = [self.imprint_matches, self.content_matches, self.signature_valid];
        match () {
            () if self.is_verified => "verified",
            () if self.imprint_matches == Some(false) => "of another signature",
            () if facts.contains(&Some(false)) => "does not hold",
            () if facts.contains(&None) => "cannot be verified",
            () if self.revoked.status == "revoked" => "holds, its certificate is revoked",
            () if self.time_stamping != Some(true) => "holds, its certificate is not for time stamping",
            () if self.anchor.is_none() => "holds, no anchor reached",
            () if self.validity.as_deref() != Some("valid") => "holds, its certificate was not valid",
            () => "holds, states no time",
        }
    }
}

impl MatchRecord {
    /// What it means that this certificate is in the file; `None` where nothing was checked.
    pub(super) fn meaning(&self) -> Option<String> {
        let technique = self.technique.as_ref().map(|technique| format!(" ({technique})")).unwrap_or_default();
        let words = match (self.finding.as_deref(), self.signature_status.as_str()) {
            (Some("signed_by"), _) => "holds: it signed this file",
            (Some("copied_signature"), _) => "copied from another file, or this one was changed",
            (Some(_), _) => "altered: this certificate did not make it",
            (None, "valid") => "of the timestamp holds",
            (None, "invalid") => "of the timestamp does not hold",
            (None, _) => return None,
        };
        Some(format!("{words}{technique}"))
    }
}
