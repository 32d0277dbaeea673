//! Where mail for a domain goes, and why: MX resolution as a plan without I/O.
