//! Policies on disk, so that a restart does not open the door that an earlier fetch has shut (RFC 8461 §10.2).
use std::path::{Path, PathBuf};
use std::{fs, io};

use mailwright_mx::Name;
use mailwright_mx::sts::{Cached, Policy};

/// A folder with a file for each domain: its policy as a policy file, with `id` and `fetched` as two further fields.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn path(&self, domain: &Name) -> Option<PathBuf> {
        // The characters of a host name are harmless in the name of a file; the length is below 255.
        domain.host_fault().is_none().then(|| self.0.join(domain.as_str()))
    }

    /// What was kept of a domain, if it is readable.
    pub(crate) fn read(&self, domain: &Name) -> Option<Cached> {
        let text = fs::read_to_string(self.path(domain)?).ok()?;
        let policy = Policy::parse(text.as_bytes()).ok()?;
        let field = |name| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let (id, fetched) = (field("id")?.to_owned(), field("fetched")?.parse().ok()?);
        Some(Cached { policy: Some(policy), id, fetched, failed: None })
    }

    /// Keeps a policy, whole or not at all.
    pub(crate) fn write(&self, domain: &Name, cached: &Cached) -> io::Result<()> {
        let (Some(path), Some(policy)) = (self.path(domain), &cached.policy) else { return Ok(()) };
        fs::create_dir_all(&self.0)?;
        let text = format!("{policy}id: {}\nfetched: {}\n", cached.id, cached.fetched);
        // No domain has this name, nor a name below it.
        let fresh = self.0.join(format!(".{}", domain.as_str().chars().take(200).collect::<String>()));
        write_synced(&fresh, &text)?;
        fs::rename(&fresh, &path)
    }
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_comes_back_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("policies"));
        let domain = Name::parse("d.test").unwrap();
        let text = b"version: STSv1\nmode: enforce\nmx: a.test\nmx: *.b.test\nmax_age: 86400\n";
        let policy = Some(Policy::parse(text).unwrap());
        let cached = Cached { policy, id: "2026a".into(), fetched: 1_700_000_000, failed: None };
        assert_eq!(folder.read(&domain), None);
        folder.write(&domain, &cached).unwrap();
        assert_eq!(folder.read(&domain), Some(cached.clone()));
        fs::write(home.path().join("policies/d.test"), "version: STSv1\nnonsense").unwrap();
        assert_eq!(folder.read(&domain), None);
        folder.write(&Name::from_dns("../x"), &cached).unwrap();
        assert!(!home.path().join("x").exists());
    }
}
