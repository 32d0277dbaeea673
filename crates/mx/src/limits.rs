//! The bounds of a plan, and their defaults.

/// How much of what the DNS says is taken up. Everything beyond is left aside and said so in the explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hosts in the finished plan. Default 5.
    pub hosts: usize,
    /// Addresses in the finished plan, shared fairly among the hosts. Default 10 (RFC 5321 §5.1 wants at least 2).
    pub addresses: usize,
    /// Hosts whose addresses are asked for at all, so that a list of names that do not exist ends. Default 20.
    pub inspected: usize,
    /// MX records, and addresses of a host, looked at. Default 1,000.
    pub records: usize,
    /// Aliases in a row, for the domain and for each host. Default 8.
    pub aliases: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hosts: 5, addresses: 10, inspected: 20, records: 1_000, aliases: 8 }
    }
}
