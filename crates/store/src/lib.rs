//! A durable mail store: mailboxes, messages, flags, changes and a queue, on SQLite.
