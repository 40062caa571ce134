//! YARA-X and certsift with the same indicators, over the same files: what each says, and what it costs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use certsift::{
    Candidate, Condition, Indicator, IndicatorTable, Metadata, NameField, NameTest, Role, Roles, SerialBuf, SignedFile,
    TextMode,
};
use yara_x::{Rules, Scanner};

use crate::figures::{self, Spread};
use crate::files::{Image, Timed};
use crate::rules;

/// Samples of a file's time, in turn.
const SAMPLES: usize = 3;

/// Prints both comparisons; answers whether every difference is explained.
pub(crate) fn compare(images: &[&Image]) -> bool {
    let builtin = IndicatorTable::builtin();
    let indicators: Vec<Indicator> = builtin.indicators().collect();
    println!("YARA-X with the built-in indicators:");
    let compiled = rules::compile(&indicators);
    let is_explained = agree(&builtin, &compiled, images);
    time(&builtin, &compiled, images);
    // Real files hold no abused certificate; that both engines see the same in them is shown by their own signers.
    let own = signers(images);
    println!("\nYARA-X with an indicator of each certificate that signed one of the files:");
    let table = IndicatorTable::new(own.iter().cloned()).unwrap();
    agree(&table, &rules::compile(&own), images) && is_explained
}

/// Serial, organization and common name of each certificate that signed a file.
fn signers(images: &[&Image]) -> Vec<Indicator> {
    let mut indicators = BTreeMap::new();
    for image in images {
        let Ok(file) = SignedFile::parse(&image.bytes) else { continue };
        for used in file.certificate_uses().iter().filter(|used| used.role() == Role::Signer) {
            let Some(certificate) = used.certificate() else { continue };
            let subject = certificate.subject();
            let test = |field, value: String| Condition::Subject(NameTest::new(field, TextMode::Exact, value));
            let mut conditions = vec![Condition::Serial(SerialBuf::from_bytes(certificate.serial().as_bytes()))];
            let organization =
                subject.organizations().next().map(|one| test(NameField::Organization, one.into_owned()));
            let common_name = subject.common_names().next().map(|one| test(NameField::CommonName, one.into_owned()));
            conditions.extend(organization.into_iter().chain(common_name));
            let id = hex(&certificate.sha1());
            let metadata = Metadata { id: id.clone().into(), ..Metadata::default() };
            let indicator = Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![conditions] };
            indicators.insert(id, indicator);
        }
    }
    indicators.into_values().collect()
}

/// Whether both say the same, or why not is known.
fn agree(table: &IndicatorTable, rules: &Rules, images: &[&Image]) -> bool {
    let mut scanner = Scanner::new(rules);
    let (mut same, mut reasons) = (0, BTreeMap::<&str, Vec<String>>::new());
    for image in images {
        let by_rules = rules::fired(&mut scanner, &image.bytes);
        let by_table = rules::matched(table, &image.bytes);
        same += by_rules.intersection(&by_table).count();
        let seen = Seen::of(&image.bytes);
        for id in by_table.difference(&by_rules) {
            let told = format!("{}: {id} by certsift alone", image.path.display());
            reasons.entry(seen.why_only_certsift(table, &image.bytes, id)).or_default().push(told);
        }
        for id in by_rules.difference(&by_table) {
            let told = format!("{}: {id} by YARA-X alone", image.path.display());
            reasons.entry(seen.why_only_yara_x()).or_default().push(told);
        }
    }
    let different: usize = reasons.values().map(Vec::len).sum();
    println!("{same} verdicts of both, {different} of one alone, over {} files", images.len());
    for (reason, cases) in &reasons {
        println!("- {}: {reason}", cases.len());
        cases.iter().for_each(|case| eprintln!("{case} ({reason})"));
    }
    !reasons.contains_key(UNEXPLAINED)
}

const UNEXPLAINED: &str = "nobody knows why";
const OTHER_SIGNER: &str = "YARA-X takes the first certificate of the signer's issuer for the signer's";

/// What YARA-X and certsift see of a file.
struct Seen {
    /// Each with its subject as text.
    yara_x_signers: BTreeMap<String, String>,
    yara_x_certificates: BTreeSet<String>,
    signers: BTreeSet<String>,
}

impl Seen {
    fn of(image: &[u8]) -> Self {
        let pe = yara_x::mods::invoke::<yara_x::mods::PE>(image);
        let signatures = pe.iter().flat_map(|pe| &pe.signatures);
        let certificates =
            signatures.clone().flat_map(|one| &one.certificates).map(|one| one.thumbprint().to_lowercase());
        let uses = SignedFile::parse(image).map(|file| file.certificate_uses()).unwrap_or_default();
        let signers = uses.iter().filter(|used| used.role() == Role::Signer).filter_map(|used| used.certificate());
        Self {
            yara_x_certificates: certificates.collect(),
            yara_x_signers: signatures.map(|one| (one.thumbprint().to_lowercase(), one.subject().to_owned())).collect(),
            signers: signers.map(|one| hex(&one.sha1())).collect(),
        }
    }

    fn why_only_certsift(&self, table: &IndicatorTable, image: &[u8], id: &str) -> &'static str {
        let Ok(file) = SignedFile::parse(image) else { return UNEXPLAINED };
        let has = |candidate: &Candidate<'_>| {
            table.matches(candidate).iter().any(|found| &*found.indicator.metadata.id == id)
        };
        let used = file.candidates(table.needs()).find(|(_, candidate)| has(candidate)).map(|(used, _)| used);
        let Some(certificate) = used.and_then(|used| used.certificate()) else { return UNEXPLAINED };
        let sha1 = hex(&certificate.sha1());
        let subject = certificate.subject();
        match self.yara_x_signers.get(&sha1) {
            _ if self.yara_x_signers.is_empty() => "YARA-X reads no signature in the file",
            Some(text) if subject.organizations().chain(subject.common_names()).any(|name| !text.contains(&*name)) => {
                "YARA-X writes a name of the certificate otherwise"
            }
            Some(_) => UNEXPLAINED,
            None if self.yara_x_certificates.contains(&sha1) => OTHER_SIGNER,
            None => "YARA-X does not read the certificate",
        }
    }

    fn why_only_yara_x(&self) -> &'static str {
        if self.yara_x_signers.keys().all(|one| self.signers.contains(one)) { UNEXPLAINED } else { OTHER_SIGNER }
    }
}

/// What a file costs: whether it is known, with the same indicators.
fn time(table: &IndicatorTable, rules: &Rules, images: &[&Image]) {
    let scanner = RefCell::new(Scanner::new(rules));
    let (mut rows, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for image in images {
        let by_rules = Timed::new(|| scanner.borrow_mut().scan(&image.bytes).unwrap().matching_rules().len());
        let by_table = Timed::new(|| usize::from(rules::is_known(table, &image.bytes)));
        let samples = (0..SAMPLES).map(|_| (by_rules.sample(), by_table.sample())).collect::<Vec<_>>();
        let rules = Spread::of(samples.iter().map(|pair| pair.0)).median();
        let table = Spread::of(samples.iter().map(|pair| pair.1)).median();
        rows[0].push(rules * 1e6);
        rows[1].push(table * 1e6);
        ratios.push(rules / table);
    }
    let [rules, table] = rows.map(|row| Spread::of(row).median());
    let ratio = Spread::of(ratios).median();
    println!("| the same indicators | µs a file | ratio a file |\n|---|---|---|");
    println!("| YARA-X, whole files | {rules:.0} | {ratio:.0} |\n| certsift | {table:.2} | |");
    figures::tell("YARA-X with the same indicators to certsift", ratio);
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
