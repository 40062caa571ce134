//! Which rules are asked, and which filters.

use std::fs;
use std::path::{Path, PathBuf};

use certsift::Rule;
use clap::Args;

use crate::cli::complain;

#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    /// Add the rules of a TOML file, or of all TOML files in a folder, as a checkout of Elastic's public detection rules has them. Repeatable
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Leave out the rule that comes along
    #[arg(long)]
    no_builtin_rules: bool,
}

impl RuleArguments {
    /// Reads the rules; those that cannot be used are told, and stop no other.
    pub(crate) fn load(&self, quiet: bool) -> Result<Vec<Rule>, String> {
        let mut rules = if self.no_builtin_rules { Vec::new() } else { Rule::builtin() };
        let mut refused = 0_usize;
        for path in &self.rules {
            for file in toml_files(path)? {
                let read = fs::read_to_string(&file).map_err(|error| error.to_string());
                match read.and_then(|text| Rule::from_toml(&text).map_err(|error| error.to_string())) {
                    Ok(rule) => rules.push(rule),
                    Err(problem) => {
                        refused = refused.saturating_add(1);
                        if !quiet {
                            complain(&format!("{}: left out: {problem}", file.display()));
                        }
                    }
                }
            }
        }
        if rules.is_empty() {
            return Err("no rule can be used".to_owned());
        }
        if refused > 0 && !quiet {
            complain(&format!("{} rules are used, {refused} are left out", rules.len()));
        }
        Ok(rules)
    }
}

/// The TOML files of a folder, sorted, or the one file.
fn toml_files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| format!("{}: {error}", path.display()))?;
        let is_toml = entry.path().extension().is_some_and(|extension| extension == "toml");
        if entry.file_type().is_file() && (is_toml || entry.depth() == 0) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}
