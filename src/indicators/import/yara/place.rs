//! Which certificates an expression speaks of: `s`, `pe.signatures[i]`, `s.certificates`.

use super::syntax::{Expr, Path, Step};
use crate::indicators::role::{Role, Roles};

/// A list of things that have fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// `pe.signatures`. The fields of one are those of the certificate that signed.
    Signatures,
    /// `s.certificates`: everything in the message.
    Certificates,
    /// `s.signer_info.chain`.
    Chain,
    /// `s.countersignatures`, which have no certificate fields of their own.
    Countersignatures,
    /// `s.countersignatures[i].chain`.
    CountersignatureChain,
}

impl List {
    /// The roles of the certificates in such a list.
    pub(super) const fn roles(self) -> Roles {
        match self {
            Self::Signatures => Roles::SIGNERS,
            Self::Certificates => Roles::ANY,
            Self::Chain => Roles::SIGNERS.with(Role::Chain),
            Self::Countersignatures | Self::CountersignatureChain => {
                Roles::NONE.with(Role::TimestampSigner).with(Role::TimestampChain)
            }
        }
    }
}

/// Tells one certificate from another: all that is said of one holder is said of the same certificate.
pub(super) type Holder = usize;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    List(List),
    One(List, Holder),
    /// `s.signer_info`.
    SignerInfo(Holder),
    Field(List, Holder, &'a str),
    /// `s.signer_info.program_name`.
    SignerField(Holder, &'a str),
    /// Something of a signature that has no meaning here.
    Unknown,
}

/// What a variable stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Binding<'a> {
    /// A number that counts certificates.
    Index(Holder),
    Target(Target<'a>),
}

/// The variables in force, innermost last, and how many holders there are.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    variables: Vec<(&'a str, Binding<'a>)>,
    holders: Holder,
}

impl<'a> Scope<'a> {
    pub(super) const fn new_holder(&mut self) -> Holder {
        self.holders = self.holders.saturating_add(1);
        self.holders
    }

    /// How many variables are in force; [`Scope::leave`] takes it.
    pub(super) const fn depth(&self) -> usize {
        self.variables.len()
    }

    pub(super) fn bind(&mut self, name: &'a str, binding: Binding<'a>) {
        self.variables.push((name, binding));
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.variables.truncate(depth);
    }

    fn variable(&self, name: &str) -> Option<Binding<'a>> {
        self.variables.iter().rev().find(|(known, _)| *known == name).map(|(_, binding)| *binding)
    }

    /// Whether an expression speaks of signatures or what is in them.
    pub(super) fn touches(&self, expr: &Expr<'a>) -> bool {
        expr.any_path(&|path| {
            begins_at_signatures(path) || matches!(self.variable(path.root), Some(Binding::Target(_)))
        })
    }

    /// What an expression leads to; `None` when it does not speak of signatures.
    pub(super) fn target(&self, expr: &Expr<'a>) -> Option<Target<'a>> {
        let path = expr.as_path()?;
        let (start, steps) = if begins_at_signatures(path) {
            (Target::List(List::Signatures), path.steps.get(1..)?)
        } else {
            match self.variable(path.root)? {
                Binding::Index(_) => return None,
                Binding::Target(target) => (target, path.steps.as_slice()),
            }
        };
        Some(steps.iter().fold(start, |target, step| self.step(target, step)))
    }

    fn step(&self, target: Target<'a>, step: &Step<'a>) -> Target<'a> {
        match (target, step) {
            (Target::List(list), Step::Index(index)) => Target::One(list, self.holder(index)),
            (Target::One(List::Signatures, holder), Step::Field("signer_info")) => Target::SignerInfo(holder),
            (Target::One(List::Signatures, _), Step::Field("certificates")) => Target::List(List::Certificates),
            (Target::One(List::Signatures, _), Step::Field("countersignatures")) => {
                Target::List(List::Countersignatures)
            }
            (Target::SignerInfo(_), Step::Field("chain")) => Target::List(List::Chain),
            (Target::SignerInfo(holder), Step::Field(field)) => Target::SignerField(holder, field),
            (Target::One(List::Countersignatures, _), Step::Field("chain")) => {
                Target::List(List::CountersignatureChain)
            }
            (Target::One(list, holder), Step::Field(field)) => Target::Field(list, holder, field),
            _ => Target::Unknown,
        }
    }

    fn holder(&self, index: &Expr<'a>) -> Holder {
        match index.as_path().map(|path| (path.steps.is_empty(), self.variable(path.root))) {
            Some((true, Some(Binding::Index(holder)))) => holder,
            _ => CONSTANT,
        }
    }

    /// Whether an expression names a certificate by a number that no loop counts.
    pub(super) fn has_constant_index(&self, expr: &Expr<'a>) -> bool {
        matches!(
            self.target(expr),
            Some(
                Target::One(_, CONSTANT)
                    | Target::Field(_, CONSTANT, _)
                    | Target::SignerInfo(CONSTANT)
                    | Target::SignerField(CONSTANT, _)
            )
        )
    }
}

fn begins_at_signatures(path: &Path<'_>) -> bool {
    path.root == "pe" && matches!(path.steps.first(), Some(Step::Field("signatures")))
}

/// Stands for all certificates that are named by a constant index.
const CONSTANT: Holder = 0;
