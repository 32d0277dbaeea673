//! The Mailwright mail server, as a library for use in tests.
