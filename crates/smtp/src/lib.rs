//! SMTP and LMTP, client and server sessions, without I/O.
