//! IMAP4rev1 and IMAP4rev2, client and server sessions, without I/O.
