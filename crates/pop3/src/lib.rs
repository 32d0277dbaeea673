//! POP3, client and server sessions, without I/O.
