//! [`Address`]: the one form in which an account's address is stored and looked for.

use crate::{Config, accounts::AccountError};

/// An address in lower case, as `local@domain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// What a client calls itself; without a domain it is completed with `domain`.
    pub(super) fn parse(name: &str, domain: &str) -> Option<Self> {
        let lower = name.trim().to_lowercase();
        let full = if lower.contains('@') { lower } else { format!("{lower}@{domain}") };
        let (local, domain) = full.rsplit_once('@')?;
        let local_fits =
            !local.is_empty() && local.len() <= 64 && !local.contains(|c: char| c.is_control() || c == ' ');
        let domain_fits = !domain.is_empty()
            && domain.len() <= 255
            && !domain.contains(|c: char| c.is_control() || c == ' ');
        (local_fits && domain_fits).then_some(Self(full))
    }

    /// The address of an account that may exist here.
    pub(super) fn of_an_account(address: &str, config: &Config) -> Result<Self, AccountError> {
        let malformed = || AccountError::Address(address.to_owned());
        let (local, domain) = address.rsplit_once('@').ok_or_else(malformed)?;
        // dot-string = atom *("." atom), RFC 5321 §4.1.2, and no `+`, behind which a detail stands.
        let atext = |c: char| c.is_alphanumeric() || "!#$%&'*/=?^_`{|}~-".contains(c);
        let is_dot_string = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext));
        if !is_dot_string {
            return Err(malformed());
        }
        if !config.is_local(domain) {
            return Err(AccountError::Domain {
                address: address.to_owned(),
                domains: config.domains.join(", "),
            });
        }
        Self::parse(address, domain).ok_or_else(malformed)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_a_missing_domain_do_not_matter() {
        let parse = |name| Address::parse(name, "example.test").map(Address::into_string);
        assert_eq!(parse("Alice@Example.TEST").as_deref(), Some("alice@example.test"));
        assert_eq!(parse("alice").as_deref(), Some("alice@example.test"));
        for bad in ["", "@", "@example.test", "alice@", "a b@example.test", &"x".repeat(65)] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn accounts_are_of_our_domains_and_have_plain_names() {
        let config = Config::parse("domains = ['example.test']", "test").unwrap();
        assert!(Address::of_an_account("a.b@EXAMPLE.test", &config).is_ok());
        for bad in [
            "a",
            "@example.test",
            "a..b@example.test",
            "a+b@example.test",
            "\"a\"@example.test",
            "a\r@example.test",
        ] {
            assert!(matches!(Address::of_an_account(bad, &config), Err(AccountError::Address(_))), "{bad:?}");
        }
        for elsewhere in ["a@", "a@elsewhere.test", "a@sub.example.test"] {
            assert!(matches!(Address::of_an_account(elsewhere, &config), Err(AccountError::Domain { .. })));
        }
    }
}
