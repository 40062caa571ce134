//! [`CandidateTexts`]: the texts of a candidate, each read and folded once, however many indicators look at it.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::indicators::candidate::Candidate;
use crate::indicators::fold::lower_case;
#[cfg(feature = "fold")]
use crate::indicators::fold::{fold, fold_organization, skeleton};
use crate::indicators::indicator::NameField;
use crate::x509::name::Name;

/// A candidate, and its texts in every form in which they were compared already.
pub(crate) struct CandidateTexts<'c> {
    candidate: &'c Candidate<'c>,
    subject: [OnceCell<Vec<Spelling<'c>>>; NameField::ALL.len()],
    issuer: [OnceCell<Vec<Spelling<'c>>>; NameField::ALL.len()],
    program_names: OnceCell<Vec<Spelling<'c>>>,
}

impl<'c> CandidateTexts<'c> {
    /// Nothing is read yet.
    pub(crate) fn new(candidate: &'c Candidate<'c>) -> Self {
        Self { candidate, subject: Default::default(), issuer: Default::default(), program_names: OnceCell::new() }
    }

    pub(crate) const fn candidate(&self) -> &'c Candidate<'c> {
        self.candidate
    }

    /// The texts of the subject that a field means.
    pub(crate) fn subject(&self, field: NameField) -> &[Spelling<'c>] {
        spellings(&self.subject, field, || texts(self.candidate.subject, &self.candidate.subject_texts, field))
    }

    /// The texts of the issuer that a field means.
    pub(crate) fn issuer(&self, field: NameField) -> &[Spelling<'c>] {
        spellings(&self.issuer, field, || texts(self.candidate.issuer, &self.candidate.issuer_texts, field))
    }

    /// What the signer calls the program.
    pub(crate) fn program_names(&self) -> &[Spelling<'c>] {
        let names = || self.candidate.program_names.iter().map(|name| Spelling::new(&**name)).collect();
        self.program_names.get_or_init(names)
    }

    /// Every text that a name test can look at.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Spelling<'c>> {
        self.subject(NameField::Whole).iter().chain(self.issuer(NameField::Whole)).chain(self.program_names())
    }
}

/// Those of one field, made when they are first asked for.
fn spellings<'l, 'c>(
    list: &'l [OnceCell<Vec<Spelling<'c>>>],
    field: NameField,
    make: impl Fn() -> Vec<Cow<'c, str>>,
) -> &'l [Spelling<'c>] {
    let cell = NameField::ALL.iter().position(|known| *known == field).and_then(|at| list.get(at));
    cell.map_or(&[], |cell| cell.get_or_init(|| make().into_iter().map(Spelling::new).collect()))
}

/// A text, and what it is with this or that set aside.
pub(crate) struct Spelling<'c> {
    written: Cow<'c, str>,
    lower: OnceCell<String>,
    #[cfg(feature = "fold")]
    folded: OnceCell<String>,
    #[cfg(feature = "fold")]
    organization: OnceCell<String>,
    #[cfg(feature = "fold")]
    skeleton: OnceCell<String>,
}

impl<'c> Spelling<'c> {
    pub(crate) fn new(text: impl Into<Cow<'c, str>>) -> Self {
        Self {
            written: text.into(),
            lower: OnceCell::new(),
            #[cfg(feature = "fold")]
            folded: OnceCell::new(),
            #[cfg(feature = "fold")]
            organization: OnceCell::new(),
            #[cfg(feature = "fold")]
            skeleton: OnceCell::new(),
        }
    }

    /// As it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }

    /// With letter case set aside.
    pub(crate) fn lower(&self) -> &str {
        self.lower.get_or_init(|| lower_case(&self.written))
    }

    /// See [`fold`].
    #[cfg(feature = "fold")]
    pub(crate) fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(&self.written))
    }

    /// See [`fold_organization`].
    #[cfg(feature = "fold")]
    pub(crate) fn organization(&self) -> &str {
        self.organization.get_or_init(|| fold_organization(&self.written))
    }

    /// See [`skeleton`].
    #[cfg(feature = "fold")]
    pub(crate) fn skeleton(&self) -> &str {
        self.skeleton.get_or_init(|| skeleton(&self.written))
    }
}

/// The texts of a name that a field means.
pub(crate) fn texts<'a>(
    name: Option<Name<'a>>,
    extra: &'a [(NameField, Cow<'a, str>)],
    field: NameField,
) -> Vec<Cow<'a, str>> {
    let mut texts: Vec<Cow<'a, str>> = Vec::new();
    if let Some(name) = name {
        if field == NameField::OneLine {
            texts.push(name.to_oneline().into());
        } else {
            let wanted = field.attribute();
            let attributes = name.attributes().filter(|attribute| wanted.is_none_or(|kind| kind == attribute.kind()));
            texts.extend(attributes.map(|attribute| attribute.text()));
        }
        if field == NameField::Whole {
            texts.push(name.to_string().into());
            texts.push(name.to_oneline().into());
        }
    }
    let any = matches!(field, NameField::Any | NameField::Whole);
    texts.extend(extra.iter().filter(|(kind, _)| any || *kind == field).map(|(_, text)| Cow::Borrowed(&**text)));
    texts
}
