//! What a file is called: its path, and inside archives that of the member.

use std::path::Path;

use super::Input;
#[cfg(feature = "archives")]
use super::MemberRecord;

impl Input {
    /// A file at a path, about which nothing else is known yet.
    #[must_use]
    pub fn from_path(path: &Path) -> Self {
        let (path, path_hex) = match path.to_str() {
            Some(text) => (text.to_owned(), None),
            None => (path.to_string_lossy().into_owned(), Some(hex::encode(path.as_os_str().as_encoded_bytes()))),
        };
        Self { path, path_hex, ..Self::default() }
    }

    /// A member of this file, which is an archive.
    #[cfg(feature = "archives")]
    pub(crate) fn member(&self, name: &[u8]) -> Self {
        let path = if name.is_empty() { self.unpacked_name() } else { String::from_utf8_lossy(name).into_owned() };
        let path_hex = std::str::from_utf8(name).is_err().then(|| hex::encode(name));
        let mut member = self.member.clone().unwrap_or_default();
        member.push(MemberRecord { path, path_hex });
        Self { path: self.path.clone(), path_hex: self.path_hex.clone(), member: Some(member), ..Self::default() }
    }

    /// What a file in this one is called that has no name: as this one, without what says that it is compressed.
    #[cfg(feature = "archives")]
    fn unpacked_name(&self) -> String {
        let path = self.member.iter().flatten().last().map_or(&self.path, |member| &member.path);
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        name.strip_suffix(".gz").unwrap_or(name).to_owned()
    }

    /// The path, with that of the member behind a `!`, as it is shown to people.
    pub(super) fn shown(&self) -> String {
        let member = self.member.iter().flatten();
        member.fold(self.path.clone(), |shown, member| shown + "!" + &member.path)
    }
}
