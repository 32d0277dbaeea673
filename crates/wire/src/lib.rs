//! What line-based mail protocols share: bounded input, framing, the session contract, TLS upgrade.
