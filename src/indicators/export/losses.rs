//! [`Losses`]: what a format does not say, gathered indicator by indicator.

use std::collections::HashSet;

use super::{Loss, LossKind};
use crate::indicators::cause::Cause;
use crate::indicators::doubtful_name::is_shared_publisher;
use crate::indicators::filing::has_empty_text;
use crate::indicators::indicator::{Condition, Indicator};
use crate::indicators::role::{Role, Roles};

/// The losses of an export so far.
#[derive(Debug, Default)]
pub(super) struct Losses(Vec<Loss>);

impl Losses {
    pub(super) fn into_list(self) -> Vec<Loss> {
        self.0
    }

    pub(super) fn weaken(&mut self, indicator: &Indicator, reason: impl Into<String>) {
        self.push(indicator, LossKind::Weakened, reason.into());
    }

    pub(super) fn skip(&mut self, indicator: &Indicator, reason: impl Into<String>) {
        self.push(indicator, LossKind::Skipped, reason.into());
    }

    fn push(&mut self, indicator: &Indicator, kind: LossKind, reason: String) {
        self.0.push(Loss { id: indicator.metadata.id.clone(), kind, reason });
    }

    /// Whether the indicator is one at all; if not, it is skipped.
    pub(super) fn is_usable(&mut self, indicator: &Indicator) -> bool {
        let alternatives = &indicator.alternatives;
        let reason = if alternatives.is_empty() || alternatives.iter().any(Vec::is_empty) {
            "it has no condition and would match everything"
        } else if alternatives.iter().any(|conditions| has_empty_text(conditions)) {
            "it compares with an empty text and would match everything"
        } else if alternatives
            .iter()
            .flatten()
            .any(|condition| matches!(condition, Condition::RsaModulus(m) if m.is_empty()))
        {
            "it compares with an empty modulus"
        } else {
            return true;
        };
        self.skip(indicator, reason);
        false
    }

    /// What became of an indicator's alternatives, as losses.
    pub(super) fn settle(&mut self, indicator: &Indicator, outcome: Outcome) {
        let Outcome { written, weakened, skipped, .. } = outcome;
        if !written {
            self.skip(indicator, skipped.join("; "));
            return;
        }
        for reason in weakened {
            self.weaken(indicator, reason);
        }
        for reason in skipped {
            self.weaken(indicator, format!("an alternative is left out: {reason}"));
        }
    }
}

/// What became of the alternatives of one indicator, each reason once.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether any of them is in the text.
    written: bool,
    weakened: Vec<String>,
    skipped: Vec<String>,
    seen: HashSet<String>,
}

impl Outcome {
    /// Nothing yet, of an indicator for a tool that sees the certificates of signers only; `None` when it is about others, which
    /// is a loss.
    pub(super) fn of_signers(indicator: &Indicator, losses: &mut Losses) -> Option<Self> {
        let within = |role: &&Role| indicator.scope.contains(**role);
        if !indicator.scope.contains(Role::Signer) {
            let roles: Vec<&str> = Role::ALL.iter().filter(within).map(|role| role.as_str()).collect();
            let reason =
                format!("it is about other certificates than signers' ({}), which are not seen there", roles.join(" "));
            losses.skip(indicator, reason);
            return None;
        }
        let mut outcome = Self::default();
        if Role::ALL.iter().filter(within).any(|role| !Roles::SIGNERS.contains(*role)) {
            outcome.weaken(
                "only the signer's certificate is seen there, not those of the chain, of timestamps or unused ones",
            );
        }
        Some(outcome)
    }

    /// The same for a tool that blocks; `None` too when what the indicator names is in good use, which is a loss.
    pub(super) fn of_blocked(indicator: &Indicator, losses: &mut Losses) -> Option<Self> {
        if let Some(cause) = good_use(indicator) {
            losses.skip(indicator, format!("it must not be blocked ({cause}): {}", cause.meaning()));
            return None;
        }
        Self::of_signers(indicator, losses)
    }

    pub(super) const fn write(&mut self) {
        self.written = true;
    }

    pub(super) fn weaken(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        if self.seen.insert(reason.clone()) {
            self.weakened.push(reason);
        }
    }

    pub(super) fn weaken_all<T: Into<String>>(&mut self, reasons: impl IntoIterator<Item = T>) {
        reasons.into_iter().for_each(|reason| self.weaken(reason));
    }

    /// Leaves an alternative out.
    pub(super) fn skip(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        if self.seen.insert(reason.clone()) {
            self.skipped.push(reason);
        }
    }
}

/// Why what an indicator names must not be blocked.
fn good_use(indicator: &Indicator) -> Option<Cause> {
    const NOTED: [Cause; 4] =
        [Cause::CertificateAuthority, Cause::TimestampAuthority, Cause::SharedPublisher, Cause::LegitimateVendor];
    let mut noted = indicator.metadata.notes.iter().map(|note| note.cause).filter(|cause| NOTED.contains(cause));
    let is_shared = || {
        let mut conditions = indicator.alternatives.iter().flatten();
        conditions.any(|condition| matches!(condition, Condition::Subject(test) if is_shared_publisher(&test.value)))
    };
    noted.next().or_else(|| is_shared().then_some(Cause::SharedPublisher))
}
