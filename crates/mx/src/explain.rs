//! An outcome told to a person: where the mail goes, and why each host is or is not used.
use std::fmt;

use crate::outcome::{AddressVerdict, Candidate, Outcome, Verdict};
use crate::query::Security;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(route) => {
                let addresses: usize = route.hosts.iter().map(|h| h.addresses.len()).sum();
                let hosts = plural(route.hosts.len(), "host");
                writeln!(f, "{}: mail goes to {hosts}, {}", self.destination, plural_es(addresses))?;
                if let Some(domain) = route.domain.as_ref().filter(|d| d.as_str() != self.destination) {
                    writeln!(f, "  the name asked in the end is {domain}")?;
                }
                if route.mx_security == Security::Secure {
                    writeln!(f, "  the list of hosts is signed (DNSSEC)")?;
                }
                if self.candidates.is_empty() {
                    for host in &route.hosts {
                        writeln!(f, "  {}  the address itself", host.name)?;
                    }
                }
            }
            Err(unroutable) => {
                let kind = if unroutable.is_temporary() { "cannot be sent now" } else { "cannot be sent" };
                writeln!(f, "{}: mail {kind}: {unroutable}", self.destination)?;
            }
        }
        let width = self.candidates.iter().map(|c| c.name.to_string().len()).max().unwrap_or(0);
        for candidate in &self.candidates {
            write_candidate(f, candidate, width)?;
        }
        for lookup in &self.lookups {
            writeln!(f, "  asked {}: {}", lookup.query, lookup.answer)?;
        }
        Ok(())
    }
}

fn write_candidate(f: &mut fmt::Formatter<'_>, candidate: &Candidate, width: usize) -> fmt::Result {
    let name = candidate.name.to_string();
    if candidate.implicit {
        write!(f, "      - {name:width$}  ")?;
    } else {
        write!(f, "  {:5} {name:width$}  ", candidate.preference)?;
    }
    write!(f, "{}", candidate.verdict)?;
    if candidate.implicit {
        write!(f, " (no MX record: the domain is its own host)")?;
    }
    writeln!(f)?;
    for (address, verdict) in &candidate.addresses {
        writeln!(f, "        {:width$}  {address}{verdict}", "")?;
    }
    Ok(())
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Used => f.write_str("used"),
            Self::Itself => f.write_str("not used: it is this server"),
            Self::NotBetterThanItself => {
                f.write_str("not used: no better than this server, to which it would hand the mail back")
            }
            Self::BadName(fault) => write!(f, "not used: {fault}"),
            Self::NullAmongOthers => f.write_str("not used: a null MX beside others means nothing"),
            Self::Duplicate => f.write_str("not used: listed above already"),
            Self::NoSuchName => f.write_str("not used: no such name"),
            Self::NoAddress => f.write_str("not used: it has no address"),
            Self::RefusedAddresses => f.write_str("not used: mail is not relayed to any of its addresses"),
            Self::Unknown(failure) => write!(f, "not used now: {failure}"),
            Self::BeyondLimit => f.write_str("not used: there are enough better ones"),
        }
    }
}

impl AddressVerdict {
    /// Why the address is not used, in words; `None`: it is.
    pub fn why_not(self) -> Option<&'static str> {
        match self {
            Self::Used => None,
            Self::Refused(reach) => Some(reach.describe()),
            Self::Own => Some("this server's own"),
            Self::BeyondLimit => Some("there are enough others"),
        }
    }
}

/// Said after the address: nothing, where it is used.
impl fmt::Display for AddressVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why_not().map_or(Ok(()), |why| write!(f, " (not used: {why})"))
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn plural_es(count: usize) -> String {
    format!("{count} address{}", if count == 1 { "" } else { "es" })
}
