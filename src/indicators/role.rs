//! [`Role`]: the part a certificate plays, and sets of such parts.

use std::fmt;

/// The part a certificate plays where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// It made a signature, so the SignerInfo says.
    Signer,
    /// It lies between a signer and the farthest issuer in the message.
    Chain,
    /// It signed a countersignature or time-stamp token.
    TimestampSigner,
    /// It lies in the chain of a timestamp's signer.
    TimestampChain,
    /// It is in the message, and in nobody's chain. Anybody could have put it there.
    Unused,
    /// A SignerInfo names it, and it is not in the message: only its issuer and serial are known.
    NamedOnly,
    /// It is a certificate on its own: of a certificate file or a trust store.
    Store,
    /// It was found among arbitrary bytes.
    Carved,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Signer,
        Self::Chain,
        Self::TimestampSigner,
        Self::TimestampChain,
        Self::Unused,
        Self::NamedOnly,
        Self::Store,
        Self::Carved,
    ];

    /// The stable name, as records and indicator files carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Chain => "chain",
            Self::TimestampSigner => "timestamp_signer",
            Self::TimestampChain => "timestamp_chain",
            Self::Unused => "unused",
            Self::NamedOnly => "named_only",
            Self::Store => "store",
            Self::Carved => "carved",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of [`Role`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ANY: Self = Self(u8::MAX);
    /// Whoever signed, present or only named, and certificates that stand for themselves: the scope of an indicator that says
    /// nothing else. Certificate authorities, timestamps and unused certificates are not in it.
    pub const SIGNERS: Self = Self::NONE.with(Role::Signer).with(Role::NamedOnly).with(Role::Store).with(Role::Carved);

    /// This set and one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | Self::bit(role))
    }

    /// Everything that is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the role is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    /// As a number, for a saved table.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// From the number of a saved table.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    const fn bit(role: Role) -> u8 {
        match role {
            Role::Signer => 1,
            Role::Chain => 1 << 1,
            Role::TimestampSigner => 1 << 2,
            Role::TimestampChain => 1 << 3,
            Role::Unused => 1 << 4,
            Role::NamedOnly => 1 << 5,
            Role::Store => 1 << 6,
            Role::Carved => 1 << 7,
        }
    }
}

impl Default for Roles {
    /// [`Roles::SIGNERS`].
    fn default() -> Self {
        Self::SIGNERS
    }
}
