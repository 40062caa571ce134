//! Indicators to rules and lists that other tools run. What a format cannot say is told, never silently left out.

mod alternative;
mod clamav;
mod csv;
mod eql;
mod json_lines;
mod kql;
mod losses;
mod mde;
mod misp;
mod quoting;
mod record;
mod sigma;
mod stix;
mod uuid;
mod wdac;
mod yara;

use std::fmt;
use std::str::FromStr;

use crate::indicators::indicator::{Indicator, Text};

use losses::Losses;

/// A format that indicators can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Our own CSV. Nothing is lost.
    Csv,
    /// Our own JSON lines. Nothing is lost.
    Json,
    /// YARA rules for YARA 4. They fire in YARA-X too.
    Yara,
    /// YARA rules for YARA-X. They fire in YARA 4 too.
    YaraX,
    /// A hunting query for Microsoft Defender and Microsoft Sentinel.
    Kql,
    /// Hunting queries for Elastic, one an indicator.
    Eql,
    /// Sigma rules over Sysmon's events, by name only.
    Sigma,
    /// A deny policy for Windows' application control.
    Wdac,
    /// ClamAV's certificate blocklist (`.crb`).
    Clamav,
    /// A STIX 2.1 bundle. Nothing is lost for a reader that knows its `x_certsift_indicator`.
    Stix,
    /// A MISP event.
    Misp,
    /// The indicator list of Microsoft Defender for Endpoint.
    Mde,
}

impl ExportFormat {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Csv,
        Self::Json,
        Self::Yara,
        Self::YaraX,
        Self::Kql,
        Self::Eql,
        Self::Sigma,
        Self::Wdac,
        Self::Clamav,
        Self::Stix,
        Self::Misp,
        Self::Mde,
    ];

    /// The stable name, as command lines write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Yara => "yara",
            Self::YaraX => "yara-x",
            Self::Kql => "kql",
            Self::Eql => "eql",
            Self::Sigma => "sigma",
            Self::Wdac => "wdac",
            Self::Clamav => "clamav",
            Self::Stix => "stix",
            Self::Misp => "misp",
            Self::Mde => "mde",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text names no [`ExportFormat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("indicators are written as csv, json, yara, yara-x, kql, eql, sigma, wdac, clamav, stix, misp or mde")]
pub struct UnknownExportFormat;

impl FromStr for ExportFormat {
    type Err = UnknownExportFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or(UnknownExportFormat)
    }
}

/// Indicators in another tool's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    /// The text.
    pub text: String,
    /// What the text does not say.
    pub losses: Vec<Loss>,
}

/// What became of an indicator that a format cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The indicator's id.
    pub id: Text,
    /// Whether it is left out, or only weakened.
    pub kind: LossKind,
    /// Why, in a sentence.
    pub reason: String,
}

/// How much of an indicator was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LossKind {
    /// It is there, and matches more or less than here.
    Weakened,
    /// It is not there.
    Skipped,
}

impl LossKind {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weakened => "weakened",
            Self::Skipped => "skipped",
        }
    }
}

/// Writes indicators in a format. Every indicator is in the text or among the losses, where one that is weakened is in both.
///
/// Texts are somebody else's: each is quoted as its format asks, so that none can end its string and begin a rule of its own.
///
/// ```
/// use certsift::{ExportFormat, export_indicators, import_indicators};
///
/// let text = "id,serial,organization\nexample,00:C0:FF:EE:01:02:03:04:05,Example Trading LLC\n";
/// let indicators = import_indicators("list.csv", text.as_bytes()).indicators;
///
/// let json = export_indicators(ExportFormat::Json, &indicators);
/// assert_eq!(json.text, "{\"id\":\"example\",\"serial\":\"00c0ffee0102030405\",\"organization\":\"Example Trading LLC\"}\n");
///
/// let policy = export_indicators(ExportFormat::Wdac, &indicators);
/// assert!(policy.losses[0].reason.contains("no hash of a TBSCertificate"));
/// ```
#[must_use]
pub fn export_indicators(format: ExportFormat, indicators: &[Indicator]) -> Export {
    let mut losses = Losses::default();
    let usable: Vec<&Indicator> = indicators.iter().filter(|indicator| losses.is_usable(indicator)).collect();
    let text = match format {
        ExportFormat::Csv => csv::write(&usable, &mut losses),
        ExportFormat::Json => json_lines::write(&usable, &mut losses),
        ExportFormat::Yara | ExportFormat::YaraX => yara::write(&usable, &mut losses),
        ExportFormat::Kql => kql::write(&usable, &mut losses),
        ExportFormat::Eql => eql::write(&usable, &mut losses),
        ExportFormat::Sigma => sigma::write(&usable, &mut losses),
        ExportFormat::Wdac => wdac::write(&usable, &mut losses),
        ExportFormat::Clamav => clamav::write(&usable, &mut losses),
        ExportFormat::Stix => stix::write(&usable, &mut losses),
        ExportFormat::Misp => misp::write(&usable, &mut losses),
        ExportFormat::Mde => mde::write(&usable, &mut losses),
    };
    Export { text, losses: losses.into_list() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for format in ExportFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(*format));
        }
        assert_eq!("CSV".parse::<ExportFormat>(), Err(UnknownExportFormat));
        let told = UnknownExportFormat.to_string();
        assert!(ExportFormat::ALL.iter().all(|format| told.contains(format.as_str())), "{told}");
    }
}
