//! [`Verification::summary`]: the facts in one sentence for a person.

use std::fmt::Write as _;

use super::path::{BreakReason, CertificatePath};
use super::revocation::RevocationStatus;
use super::time::CheckTime;
use super::validity::ValidAt;
use super::verification::{SignerVerification, Verification};
use crate::x509::certificate::Certificate;

impl Verification<'_> {
    /// What the facts about the first SignerInfo, the one that Windows looks at, come to: one sentence. It contains names out of
    /// certificates, unescaped and cut where no name of a person or company goes on.
    #[must_use]
    pub fn summary(&self) -> String {
        self.summary_of(0)
    }

    /// The same for the SignerInfo of an index.
    #[must_use]
    pub fn summary_of(&self, signer: usize) -> String {
        let Some(facts) = self.signers.get(signer) else {
            return "Nothing can be verified: there is no readable SignerInfo.".to_owned();
        };
        let sentence = self.wrong(facts).or_else(|| self.unknown(facts)).unwrap_or_else(|| self.holds(facts));
        sentence + "."
    }

    /// What makes the signature worthless, whoever made it.
    fn wrong(&self, facts: &SignerVerification<'_>) -> Option<String> {
        let signer = signer_name(facts);
        let also =
            if self.is_for_this_file() == Some(false) { ", and the file is not the one it was made for" } else { "" };
        if facts.signature_valid == Some(false) {
            return Some(format!("The signature does not hold: the key of {signer} did not make it{also}"));
        }
        if facts.content_matches == Some(false) {
            return Some(format!("The signature was altered: its content is not what {signer} signed{also}"));
        }
        if facts.content_type_matches == Some(false) {
            return Some(format!(
                "The signature was altered: its content is of another type than {signer} signed{also}"
            ));
        }
        if self.is_for_this_file() != Some(false) {
            return None;
        }
        Some(match facts.signature_valid {
            Some(true) if self.digest_covers_image == Some(false) => format!(
                "A copied signature: the certificate table lies over what is loaded, which is not what {signer} signed"
            ),
            Some(true) => {
                format!("A copied signature: {signer} signed another file, or this one before it was changed")
            }
            _ => format!(
                "Not the file that was signed: its digest is another; whether {signer} made the signature is not known"
            ),
        })
    }

    /// Whether anything can be said of the signature at all.
    fn unknown(&self, facts: &SignerVerification<'_>) -> Option<String> {
        if facts.signature_valid.is_some() {
            return None;
        }
        let reason = match facts.certificate {
            None => "the signer's certificate is not in the file".to_owned(),
            Some(_) if self.limit_reached => "looking for the key that made it would cost too much".to_owned(),
            Some(certificate) => format!("{} has a key or an algorithm that is not known here", name(certificate)),
        };
        Some(format!("Nobody can say whether the signature holds: {reason}"))
    }

    /// A signature that holds, and what else is to be known before anybody relies on it: the first thing that is missing.
    fn holds(&self, facts: &SignerVerification<'_>) -> String {
        let signer = signer_name(facts);
        let what = match self.digest_matches {
            Some(true) => " over this file",
            _ => "",
        };
        let mut sentence = format!("The signature of {signer}{what} holds");
        let doubt = revoked(facts)
            .or_else(|| {
                (facts.code_signing == Some(false)).then(|| "its certificate is not for code signing".to_owned())
            })
            .or_else(|| path_doubt(&facts.path))
            .or_else(|| time_doubt(&facts.time));
        // Writing to a String does not fail.
        let _ = match doubt {
            Some(doubt) => write!(sentence, ", but {doubt}"),
            None => match facts.path.anchor {
                Some(anchor) => write!(sentence, ", up to the anchor {}, {}", name(anchor), time_text(facts)),
                None => write!(sentence, ", but no anchor is reached"),
            },
        };
        if self.digest_matches.is_none() {
            sentence.push_str("; whether it is for this file was not checked");
        }
        if self.limit_reached {
            sentence.push_str("; a limit ended the search");
        }
        if self.page_hashes.iter().any(|pages| pages.matches == Some(false)) {
            sentence.push_str("; its page hashes are of other pages");
        }
        if self.padding_check.is_some_and(|check| !check.on) {
            sentence.push_str("; bytes hide around it");
        }
        let mut weak: Vec<&str> = Vec::new();
        for weakness in &facts.weaknesses {
            let words = weakness.kind.words();
            if !weak.contains(&words) {
                weak.push(words);
            }
        }
        if !weak.is_empty() {
            let _ = write!(sentence, "; weak: {}", weak.join(", "));
        }
        sentence
    }
}

fn revoked(facts: &SignerVerification<'_>) -> Option<String> {
    let revocation = &facts.revocation;
    let word = match revocation.status {
        RevocationStatus::Revoked => "is revoked",
        // What was signed before stays signed; the summary of what holds tells when that was.
        _ => return None,
    };
    let certificate = revocation
        .certificate
        .map_or_else(|| "a certificate of its path".to_owned(), |one| format!("the certificate of {}", name(one)));
    let since = revocation.date.map(|date| format!(" since {date}")).unwrap_or_default();
    Some(format!("{certificate} {word}{since}"))
}

/// Why the path reaches no anchor.
fn path_doubt(path: &CertificatePath<'_>) -> Option<String> {
    if path.anchor.is_some() {
        return None;
    }
    let Some(broken) = path.broken else { return Some("no anchor is reached".to_owned()) };
    let Some(link) = path.links.get(broken.at) else { return Some("no anchor is reached".to_owned()) };
    let (own, issuer) = (name(link.certificate), issuer_name(link.certificate));
    Some(match broken.reason {
        BreakReason::NoIssuer => {
            format!("no anchor is reached: the certificate of {issuer}, who issued {own}, is not there")
        }
        BreakReason::IssuerSignature => {
            format!("no anchor is reached: no certificate of {issuer} signed that of {own}")
        }
        BreakReason::UnknownAlgorithm => {
            format!("no anchor is reached: the certificate of {own} has a signature or key that is not known here")
        }
        BreakReason::NotAnAnchor => format!("it ends at {own}, which is none of the given anchors"),
        BreakReason::NotCa => format!("{own} issued a certificate of its path and is no authority"),
        BreakReason::KeyUsage => format!("{own} issued a certificate of its path and its key is not for that"),
        BreakReason::Purpose => format!("{own} issued a certificate of its path and may do so for other purposes only"),
        BreakReason::PathLength => format!("its path is longer than {own} allows"),
        BreakReason::CriticalExtension => {
            format!("the certificate of {own} has a critical extension that is not known here")
        }
        BreakReason::Limit => "looking for its anchor would cost too much".to_owned(),
    })
}

fn time_doubt(time: &CheckTime) -> Option<String> {
    let at = time.at;
    let how = match time.timestamp {
        Some(_) => "when it was stamped",
        None if time.lifetime_signing => "at the time of checking, which counts for lifetime signing",
        None => "at the time of checking, and no verified timestamp says that it was made before",
    };
    let of = |validity: Option<ValidAt>, whose: &str| match validity {
        Some(ValidAt::Expired) => Some(format!("{whose} had expired at {at}, {how}")),
        Some(ValidAt::NotYetValid) => Some(format!("{whose} was not yet valid at {at}, {how}")),
        Some(ValidAt::Unknown) => Some(format!("{whose} does not say how long it is valid")),
        Some(ValidAt::Valid) | None => None,
    };
    of(time.validity, "its certificate").or_else(|| of(time.path_validity, "a certificate of its path"))
}

/// When everything held.
fn time_text(facts: &SignerVerification<'_>) -> String {
    let at = facts.time.at;
    let stamp = facts.time.timestamp.and_then(|index| facts.timestamps.get(index));
    let mut text = match stamp {
        Some(stamp) => format!("at {at} by its {} timestamp", stamp.kind.as_str()),
        None => format!("at {at}, the time of checking"),
    };
    if facts.revocation.status == RevocationStatus::RevokedLater {
        let since = facts.revocation.date.map(|date| format!(" since {date}")).unwrap_or_default();
        let _ = write!(text, "; a certificate of its path is revoked{since}, which is later");
    }
    text
}

fn signer_name(facts: &SignerVerification<'_>) -> String {
    facts.certificate.map_or_else(|| "a certificate that is not in the file".to_owned(), name)
}

/// What a person calls the subject: its organization for a signer, which for authorities is in many certificates, else its common name.
fn name(certificate: Certificate<'_>) -> String {
    let subject = certificate.subject();
    let (organization, common_name) = (subject.organizations().next(), subject.common_names().next());
    let (first, second) =
        if certificate.is_ca() == Some(true) { (common_name, organization) } else { (organization, common_name) };
    cut(&first.or(second).map_or_else(|| subject.to_string(), std::borrow::Cow::into_owned))
}

fn issuer_name(certificate: Certificate<'_>) -> String {
    let issuer = certificate.issuer();
    let known = issuer.common_names().next().or_else(|| issuer.organizations().next());
    cut(&known.map_or_else(|| issuer.to_string(), std::borrow::Cow::into_owned))
}

/// A name, as far as names go: X.520 allows 64 characters for an organization.
fn cut(name: &str) -> String {
    const MOST: usize = 200;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None if name.is_empty() => "a certificate without a name".to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{NO, ROOTED, YES, facts};
    use super::super::path::PathBreak;
    use super::super::revocation::Revocation;
    use super::super::weakness::{Weakness, WeaknessKind};
    use super::*;
    use crate::asn1::time::Time;
    use crate::file::SignedFile;
    use crate::file::image_check::PageHashCheck;

    /// What is changed of facts that all hold, up to an anchor.
    type Change = fn(&mut Verification<'_>);

    fn broken(facts: &mut Verification<'_>, at: usize, reason: BreakReason) {
        facts.signers[0].path.anchor = None;
        facts.signers[0].path.broken = Some(PathBreak { at, reason });
    }

    #[test]
    fn every_case_has_its_sentence() {
        const HOLDS: &str = "The signature of CallTogether, Inc. over this file holds";
        let rows: [(Change, &str); 20] = [
            (|_| (), "H, up to the anchor certsift Fixture Root CA, at 1970-01-01T00:00:00Z, the time of checking."),
            (
                |facts| facts.digest_matches = NO,
                "A copied signature: CallTogether, Inc. signed another file, or this one before it was changed.",
            ),
            (
                |facts| facts.signers[0].signature_valid = NO,
                "The signature does not hold: the key of CallTogether, Inc. did not make it.",
            ),
            (
                |facts| {
                    facts.signers[0].signature_valid = NO;
                    facts.digest_matches = NO;
                },
                "The signature does not hold: the key of CallTogether, Inc. did not make it, and the file is not the one it was made for.",
            ),
            (
                |facts| facts.signers[0].content_matches = NO,
                "The signature was altered: its content is not what CallTogether, Inc. signed.",
            ),
            (
                |facts| facts.signers[0].content_type_matches = NO,
                "The signature was altered: its content is of another type than CallTogether, Inc. signed.",
            ),
            (
                |facts| {
                    facts.signers[0].signature_valid = None;
                    facts.digest_matches = NO;
                },
                "Not the file that was signed: its digest is another; whether CallTogether, Inc. made the signature is not known.",
            ),
            (
                |facts| facts.signers[0].signature_valid = None,
                "Nobody can say whether the signature holds: CallTogether, Inc. has a key or an algorithm that is not known here.",
            ),
            (
                |facts| {
                    facts.signers[0].signature_valid = None;
                    facts.signers[0].certificate = None;
                },
                "Nobody can say whether the signature holds: the signer's certificate is not in the file.",
            ),
            (|facts| facts.signers.clear(), "Nothing can be verified: there is no readable SignerInfo."),
            (
                |facts| {
                    facts.signers[0].revocation = Revocation {
                        status: RevocationStatus::Revoked,
                        date: Some(Time::from_unix(0)),
                        ..Revocation::default()
                    };
                },
                "H, but a certificate of its path is revoked since 1970-01-01T00:00:00Z.",
            ),
            (|facts| facts.signers[0].code_signing = NO, "H, but its certificate is not for code signing."),
            (
                |facts| broken(facts, 1, BreakReason::NotAnAnchor),
                "H, but it ends at certsift Fixture Root CA, which is none of the given anchors.",
            ),
            (
                |facts| broken(facts, 0, BreakReason::NoIssuer),
                "H, but no anchor is reached: the certificate of certsift Fixture Root CA, who issued CallTogether, Inc., is not there.",
            ),
            (|facts| facts.signers[0].path.anchor = None, "H, but no anchor is reached."),
            (
                |facts| facts.signers[0].time.validity = Some(ValidAt::Expired),
                "H, but its certificate had expired at 1970-01-01T00:00:00Z, at the time of checking, and no verified timestamp says that it was made before.",
            ),
            (
                |facts| facts.signers[0].time.path_validity = Some(ValidAt::NotYetValid),
                "H, but a certificate of its path was not yet valid at 1970-01-01T00:00:00Z, at the time of checking, and no verified timestamp says that it was made before.",
            ),
            (
                |facts| facts.digest_matches = None,
                "The signature of CallTogether, Inc. holds, up to the anchor certsift Fixture Root CA, at 1970-01-01T00:00:00Z, the time of checking; whether it is for this file was not checked.",
            ),
            (
                |facts| {
                    facts.page_hashes = vec![PageHashCheck {
                        kind: crate::asn1::oid::OidBuf::from_content(&[0x2a]),
                        matches: NO,
                        first_wrong: Some(0),
                        pages: 1,
                        page_size: Some(4_096),
                    }];
                },
                "H, up to the anchor certsift Fixture Root CA, at 1970-01-01T00:00:00Z, the time of checking; its page hashes are of other pages.",
            ),
            (
                |facts| {
                    let weak = |kind| Weakness { kind, certificate: None };
                    let short = WeaknessKind::ShortKey { bits: 1_024 };
                    facts.signers[0].weaknesses = vec![weak(WeaknessKind::Sha1), weak(short), weak(short)];
                },
                "H, up to the anchor certsift Fixture Root CA, at 1970-01-01T00:00:00Z, the time of checking; weak: SHA-1, a short key.",
            ),
        ];
        let file = SignedFile::parse(ROOTED).unwrap();
        for (change, expected) in rows {
            let mut facts = facts(&file, [YES, YES, YES]);
            facts.signers[0].path.anchor = facts.signers[0].path.links.last().map(|link| link.certificate);
            change(&mut facts);
            let summary = facts.summary();
            assert_eq!(summary, expected.replacen("H,", &format!("{HOLDS},"), 1));
            assert!(!summary.contains("trusted"), "{summary}");
        }
    }
}
