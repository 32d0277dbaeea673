//! How a server session behaves.

use crate::{Limits, types::MailboxName};
use mailwright_sasl::server::Policy;

/// How server sessions behave. One value serves all sessions, in an `Arc`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Words of the greeting.
    pub greeting: String,
    /// Bounds.
    pub limits: Limits,
    /// Which SASL mechanisms are offered, and whether passwords may be given without TLS.
    pub policy: Policy,
    /// Whether `STARTTLS` is offered on a connection without TLS.
    pub starttls: bool,
    /// What separates the levels of mailbox names.
    pub delimiter: char,
    /// What names of other users' mailboxes begin with, the delimiter included, as `NAMESPACE` tells it (RFC 9051 §6.3.10).
    /// `None`: there are none.
    pub other_users: Option<MailboxName>,
    /// `APPEND` takes a message with 8-bit characters in its header from a client that has not enabled `UTF8=ACCEPT`, too.
    /// RFC 9755 §4 has that refused; but mail of the past has such headers, and a client that brings it from another
    /// server can do nothing but leave it behind.
    pub eight_bit_headers: bool,
    /// What `ID` tells about the server; empty for `NIL`.
    pub id: Vec<(String, String)>,
    /// What the application can do.
    pub features: Features,
}

impl Config {
    /// The default: `STARTTLS` offered, `/` between levels, headers as RFC 9755 wants them.
    pub fn new(policy: Policy) -> Self {
        Self {
            greeting: "ready".to_owned(),
            limits: Limits::default(),
            policy,
            starttls: true,
            delimiter: '/',
            other_users: None,
            eight_bit_headers: false,
            id: Vec::new(),
            features: Features::default(),
        }
    }
}

/// Extensions that need the application's help. What is off is not listed in `CAPABILITY` and answered with `BAD`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// Mod-sequences: `CONDSTORE` and `QRESYNC` (RFC 7162).
    pub mod_seq: bool,
    /// `MOVE` (RFC 6851).
    pub moves: bool,
    /// `CREATE-SPECIAL-USE` (RFC 6154).
    pub create_special_use: bool,
    /// `SORT` (RFC 5256), with `DISPLAYFROM` and `DISPLAYTO` (RFC 5957), and what RFC 5267 adds to it.
    pub sort: bool,
    /// `MULTISEARCH` (RFC 7377).
    pub multi_search: bool,
    /// `SEARCH=FUZZY` (RFC 6203).
    pub fuzzy: bool,
    /// `I18NLEVEL=1` (RFC 5255 §4): SEARCH, and SORT and THREAD where they are on, compare by `i;unicode-casemap` (RFC 5051).
    /// `mailwright_message::collation` does.
    pub unicode_casemap: bool,
    /// `THREAD` by both algorithms (RFC 5256).
    pub thread: bool,
    /// `BINARY` (RFC 3516).
    pub binary: bool,
    /// `OBJECTID` (RFC 8474).
    pub object_id: bool,
    /// `SAVEDATE` (RFC 8514).
    pub save_date: bool,
    /// `PREVIEW` (RFC 8970).
    pub preview: bool,
    /// `CATENATE` (RFC 4469).
    pub catenate: bool,
    /// `REPLACE` (RFC 8508).
    pub replace: bool,
    /// `METADATA` (RFC 5464), and with it `LIST-METADATA` (RFC 9590).
    pub metadata: bool,
    /// `ACL` with all standard rights (RFC 4314), and with it `LIST-MYRIGHTS` (RFC 8440). Whether a user may do something is
    /// the application's to judge: answer with `NOPERM` what it may not.
    pub acl: bool,
    /// `NOTIFY` (RFC 5465).
    pub notify: bool,
    /// `QUOTA` of `STORAGE` (RFC 9208).
    pub quota: bool,
    /// `INPROGRESS` (RFC 9585): [`Server::in_progress`](super::Server::in_progress) is called every 10 to 15 seconds while a
    /// question is open. The `tokio` adapter does.
    pub in_progress: bool,
    /// `COMPRESS=DEFLATE` (RFC 4978), which needs the crate's feature `compress`. A compressed session holds some 300 KiB
    /// for it.
    pub compress: bool,
}
