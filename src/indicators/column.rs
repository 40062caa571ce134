//! [`Column`]: the columns of our own CSV, which are the keys of our own JSON lines.

use crate::indicators::indicator::{NameField, TextMode};

/// Defines the columns and their names from one list.
macro_rules! columns {
    ($($variant:ident = $name:literal;)+) => {
        /// A column. The order is that in which files are written, and that of the conditions which a row's columns give.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Column {
            $($variant,)+
        }

        impl Column {
            #[cfg(any(feature = "import", test))]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The column of a name.
            #[cfg(feature = "import")]
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

columns! {
    Id = "id";
    Name = "name";
    Serial = "serial";
    Md5 = "md5";
    Sha1 = "sha1";
    Sha256 = "sha256";
    Sha384 = "sha384";
    Sha512 = "sha512";
    TbsMd5 = "tbs_md5";
    TbsSha1 = "tbs_sha1";
    TbsSha256 = "tbs_sha256";
    TbsSha384 = "tbs_sha384";
    TbsSha512 = "tbs_sha512";
    Organization = "organization";
    CommonName = "common_name";
    Subject = "subject";
    SubjectContains = "subject_contains";
    Issuer = "issuer";
    IssuerContains = "issuer_contains";
    ProgramName = "program_name";
    ExtendedKeyUsage = "extended_key_usage";
    Conditions = "conditions";
    Role = "role";
    Source = "source";
    Reference = "reference";
    Severity = "severity";
    Category = "category";
    Family = "family";
    Date = "date";
    Attack = "attack";
    Author = "author";
    License = "license";
    Description = "description";
    AbusedFrom = "abused_from";
    RevokedAt = "revoked_at";
    ValidFrom = "valid_from";
    ValidTo = "valid_to";
    NotAfterAtLeast = "not_after_at_least";
    Notes = "notes";
}

impl Column {
    /// The texts that a value of this column is compared with, and how.
    pub(crate) const fn name_test(self) -> Option<(NameField, TextMode)> {
        Some(match self {
            Self::Organization => (NameField::Organization, TextMode::Exact),
            Self::CommonName => (NameField::CommonName, TextMode::Exact),
            Self::Subject | Self::Issuer => (NameField::Whole, TextMode::Exact),
            Self::SubjectContains | Self::IssuerContains => (NameField::Any, TextMode::Contains),
            Self::ProgramName => (NameField::Any, TextMode::Exact),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (index, column) in Column::ALL.iter().enumerate() {
            assert!(Column::ALL.iter().skip(index + 1).all(|other| other.name() != column.name()), "{column:?}");
        }
    }
}
