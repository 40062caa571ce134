//! [`Cause`]: what can be wrong with an indicator, or doubtful about it.

use std::fmt;

/// How an indicator suffers from a [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Harm {
    /// Some value is damaged; here it matches all the same, elsewhere it may not.
    Damaged,
    /// It matches what it should not.
    Dangerous,
    /// It can never match, here or elsewhere.
    Dead,
}

impl Harm {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Dangerous => "dangerous",
            Self::Dead => "dead",
        }
    }
}

/// Defines the causes and their names from one list.
macro_rules! causes {
    ($($variant:ident = $code:literal, $harm:ident, $meaning:literal;)+) => {
        /// What can be wrong with an indicator, or doubtful about it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause {
            $(#[doc = $meaning] $variant,)+
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                }
            }

            /// How an indicator suffers from it.
            #[must_use]
            pub const fn harm(self) -> Harm {
                match self {
                    $(Self::$variant => Harm::$harm,)+
                }
            }
        }
    };
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

causes! {
    MissingSignOctet = "no-00-pad", Damaged, "A serial that starts with a high bit and lacks the octet 00: tools that compare text match it with a negative serial only.";
    OddHex = "odd-hex", Damaged, "A serial of an odd number of hex digits: a leading zero was lost.";
    WeakSerial = "weak-serial", Dead, "A serial so short or regular that thousands of certificates have it, with nothing beside it: it never matches.";
    OverlongSerial = "overlong-serial", Damaged, "A serial of more than 20 octets, which YARA 4.5 does not show.";
    EscapedText = "openssl-escaped-text", Damaged, "A name in which octets are written as \\xHH, as OpenSSL prints them: YARA-X never shows such text.";
    RawUtf8Text = "raw-utf8-text", Damaged, "A name with letters beyond ASCII in a YARA rule: YARA 4 never shows such text.";
    OverlongText = "overlong-text", Damaged, "A name longer than the 255 characters that YARA 4 shows of one.";
    ShortText = "short-text", Dangerous, "A part of a name so short that many names have it, with nothing beside it.";
    DamagedName = "damaged-name", Damaged, "A name that was cut or altered: at a comma or quotation mark, or dashes turned into commas.";
    NameOnly = "name-only", Dangerous, "Nothing but names: two companies may share one.";
    ThumbprintSpelling = "thumbprint-spelling", Dead, "A thumbprint with colons, blanks or upper-case letters, which YARA never shows.";
    MisplacedHash = "misplaced-hash", Damaged, "A hash of another length than its place is for.";
    CertificateAuthority = "ca-certificate", Dangerous, "The certificate of an authority: everything it issued would be hit.";
    TimestampAuthority = "timestamp-certificate", Dangerous, "The certificate of a time-stamping service: everything it stamped would be hit.";
    SharedPublisher = "shared-publisher", Dangerous, "A certificate that signs for many publishers: a second condition on the file is needed.";
    LegitimateVendor = "legitimate-vendor", Dangerous, "A vendor whose other products are signed with the same certificate.";
    ShortLived = "short-lived", Dangerous, "A certificate that is valid for a few days only: the indicator dies with it.";
    OneTbsTwoSerials = "one-tbs-two-serials", Damaged, "One hash of the TBSCertificate under two serials, which cannot be.";
    OneSerialTwoTbs = "one-serial-two-tbs", Damaged, "One serial and issuer under two hashes of the TBSCertificate.";
    Contradiction = "contradiction", Dead, "Two values of what a certificate has one of, or no role in which it could match: it never does.";
    Duplicate = "duplicate", Damaged, "The same conditions as an earlier indicator.";
    ContextLost = "context-lost", Damaged, "Conditions on something else than the certificate were left out: it matches more than its source says.";
    BranchLost = "branch-lost", Damaged, "An alternative that is not about certificates was left out: it matches less than its source says.";
    CertificatesMixed = "certificates-mixed", Damaged, "Strings anywhere in the file, now asked of one certificate.";
    NotAuthenticode = "not-authenticode", Dead, "A certificate that signs no Windows programs.";
    Incomplete = "incomplete", Damaged, "The source lacks the value that names the certificate.";
}
