//! One finding: who, what, which certificate, which indicator.

#![expect(clippy::indexing_slicing, reason = "a key that an object has not is made")]

use std::fmt::Write as _;

use certsift::{StoreCertificate, TextStyle, Time, TrustStore, escape};
use serde::Serialize;
use serde_json::{Value, json};

use super::seen::Seen;

/// An authority that was installed, as far as it is known by whom. What is unknown is `null`.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'f> {
    schema: &'static str,
    kind: &'static str,
    root: String,
    /// `high` or `critical`: an indicator names the authority. `medium`: nobody knows it, or it is gone. `low`: it is known.
    pub(crate) severity: String,
    /// What it comes to, in one sentence. Names in it are unescaped.
    summary: String,
    /// The file.
    path: Option<String>,
    certificate: Option<&'f StoreCertificate>,
    /// Who wrote the file.
    writer: Option<&'f Seen>,
    /// Who installed what lay there.
    installer: Option<&'f Seen>,
}

impl<'f> Finding<'f> {
    pub(crate) fn new(
        store: &'f TrustStore,
        certificate: Option<(&'f StoreCertificate, &str)>,
        writer: Option<&'f Seen>,
        installer: Option<&'f Seen>,
    ) -> Self {
        let path = certificate.map(|(_, path)| path.to_owned()).or_else(|| writer?.path.clone());
        let certificate = certificate.map(|(one, _)| one);
        let severity = match certificate {
            Some(one) if one.has_strong_match() => one.severity.as_deref().unwrap_or("high"),
            Some(one) if one.known == Some(true) => "low",
            _ => "medium",
        };
        let summary = summary(certificate, path.as_deref(), writer, installer);
        Self {
            schema: certsift::SCHEMA,
            kind: "installation",
            root: store.root.clone(),
            severity: severity.to_owned(),
            summary,
            path,
            certificate,
            writer,
            installer,
        }
    }

    /// Whether the certificate is still there.
    pub(crate) const fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// For a person.
    pub(crate) fn to_text(&self, style: TextStyle) -> String {
        let mut text = format!("{}: {}\n", self.severity.to_uppercase(), escape(&self.summary));
        for (who, seen) in [("written by", self.writer), ("installed by", self.installer)] {
            let Some(seen) = seen else { continue };
            let time = seen.time.map(|time| format!(", {time}")).unwrap_or_default();
            let parent = seen.process.parent_name.as_deref().map(|name| format!(", child of {name}"));
            let left_out = if seen.clauses().is_empty() {
                String::new()
            } else {
                format!(", which the rule leaves out ({})", seen.clauses().join(", "))
            };
            let args = seen.process.args.join(" ");
            let what = if args.is_empty() { seen.process.name.clone().unwrap_or_default() } else { args };
            let parent = escape(&parent.unwrap_or_default());
            // Writing to a String does not fail.
            let _ = writeln!(text, "  {who:<12} {}{parent}{time}{left_out} (line {})", escape(&what), seen.line);
        }
        if let Some(one) = self.certificate {
            one.to_text(style).lines().skip(1).for_each(|line| _ = writeln!(text, "{line}"));
        }
        text
    }

    /// As a document of the Elastic Common Schema: the process is whoever wrote the file, else whoever installed it.
    pub(crate) fn to_ecs(&self, now: Time) -> Value {
        let actor = self.writer.or(self.installer);
        let time = actor.and_then(|seen| seen.time).unwrap_or(now);
        let known = self.certificate.and_then(|one| one.to_ecs(time));
        let mut document = known.unwrap_or_else(|| self.bare_document(time));
        let score = match self.severity.as_str() {
            "critical" => 99,
            "high" => 73,
            "medium" => 47,
            _ => 21,
        };
        document["message"] = json!(self.summary);
        document["event"]["action"] = json!("root-certificate-installed");
        document["event"]["dataset"] = json!("certsift.installation");
        document["event"]["category"] = json!(["configuration", "file", "process"]);
        document["event"]["severity"] = json!(score);
        document["event"]["risk_score"] = json!(score);
        if let Some(path) = &self.path {
            document["file"]["path"] = json!(path);
            document["file"]["name"] = json!(path.rsplit('/').next());
            document["file"]["directory"] = json!(path.rsplit_once('/').map(|(folder, _)| folder));
        }
        if let Some(seen) = actor {
            add_actor(&mut document, seen);
        }
        for (label, seen) in [("writer_event", self.writer), ("installer_event", self.installer)] {
            if let Some(id) = seen.and_then(|seen| seen.event_id.as_deref()) {
                document["labels"][label] = json!(id);
            }
        }
        if let Some(clauses) = self.installer.map(Seen::clauses).filter(|clauses| !clauses.is_empty()) {
            document["labels"]["installer_left_out_by"] = json!(clauses.join(" "));
        }
        document
    }

    /// Of an installation of which no certificate is left.
    fn bare_document(&self, time: Time) -> Value {
        let line = self.writer.or(self.installer).map(|seen| seen.line).unwrap_or_default();
        json!({
            "@timestamp": time.to_string(),
            "ecs": {"version": "9.4.0"},
            "event": {
                "kind": "alert",
                "type": ["info"],
                "module": "certsift",
                "outcome": "success",
                "reason": self.summary,
                "id": format!("certsift-installation-{}-{line}", time.unix()),
            },
            "threat": {
                "framework": "MITRE ATT&CK",
                "technique": {
                    "id": ["T1553"],
                    "name": ["Subvert Trust Controls"],
                    "subtechnique": {"id": ["T1553.004"], "name": ["Install Root Certificate"]},
                },
            },
        })
    }
}

fn add_actor(document: &mut Value, seen: &Seen) {
    let process = &seen.process;
    let texts = [
        ("/process/name", &process.name),
        ("/process/executable", &process.executable),
        ("/process/entity_id", &process.entity_id),
        ("/process/parent/name", &process.parent_name),
        ("/process/parent/executable", &process.parent_executable),
        ("/user/name", &seen.user),
    ];
    for (pointer, text) in texts {
        let Some(text) = text.as_deref().filter(|text| !text.is_empty()) else { continue };
        let mut at = &mut *document;
        for key in pointer.split('/').skip(1) {
            at = &mut at[key];
        }
        *at = json!(text);
    }
    if !process.args.is_empty() {
        document["process"]["args"] = json!(process.args);
    }
    if let Some(pid) = process.pid {
        document["process"]["pid"] = json!(pid);
    }
}

fn summary(
    certificate: Option<&StoreCertificate>,
    path: Option<&str>,
    writer: Option<&Seen>,
    installer: Option<&Seen>,
) -> String {
    let path = path.unwrap_or("a trust store");
    let mut text = match (writer, certificate) {
        (Some(writer), _) => format!("{} wrote {path}", writer.who()),
        (None, Some(_)) => format!("somebody put an authority into {path}"),
        (None, None) => "somebody had certificates installed, and none that is new is there".to_owned(),
    };
    if let Some(installer) = installer {
        let _ = write!(text, "; {} installed what lay there", installer.who());
    }
    match certificate {
        None if writer.is_some() => text.push_str("; no certificate is there now"),
        None => {}
        Some(one) => {
            let subject = &one.certificate.subject;
            let name = subject.common_name.first().or(subject.organization.first()).unwrap_or(&subject.dn);
            let ids: Vec<&str> = one.matches.iter().map(|found| found.indicator.id.as_str()).collect();
            let _ = match (ids.is_empty(), one.known) {
                (false, _) => write!(text, ": {name}, listed as {}", ids.join(", ")),
                (true, Some(true)) => write!(text, ": {name}, which is known"),
                (true, _) => write!(text, ": {name}, which nobody knows"),
            };
        }
    }
    text
}
