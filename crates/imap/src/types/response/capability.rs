//! `CAPABILITY` and `ENABLED`: what a server can do, or was told to do.

use bytes::Bytes;
use std::{borrow::Cow, fmt};

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// One capability (the IANA registry of IMAP capabilities). Names compare ignoring ASCII case.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Capability {
            $($(#[$doc])* $name,)*
            /// `APPENDLIMIT` (RFC 7889): octets of the largest message to append, where it is the same for all mailboxes.
            AppendLimit(Option<u64>),
            /// `AUTH=`: a SASL mechanism, in upper case.
            Auth(Cow<'static, str>),
            /// `MESSAGELIMIT=` (RFC 9738): how many messages one command may handle.
            MessageLimit(u32),
            /// `QUOTA=RES-`: a resource that has quotas, in upper case (RFC 9208 §3.1.1).
            QuotaResource(Cow<'static, str>),
            /// `RIGHTS=`: the letters of rights beyond RFC 2086 (RFC 4314 §2.1).
            Rights(Cow<'static, str>),
            /// Any other, as the server wrote it.
            Other(Bytes),
        }

        impl Capability {
            /// Those that are a plain word, each with its word.
            const PLAIN: &[(&str, Self)] = &[$(($text, Self::$name),)*];
        }
    };
}

capabilities! {
    /// `ACL` (RFC 4314).
    Acl = "ACL",
    /// `BINARY` (RFC 3516).
    Binary = "BINARY",
    /// `CATENATE` (RFC 4469).
    Catenate = "CATENATE",
    /// `CHILDREN` (RFC 3348).
    Children = "CHILDREN",
    /// `COMPRESS=DEFLATE` (RFC 4978).
    CompressDeflate = "COMPRESS=DEFLATE",
    /// `CONDSTORE` (RFC 7162).
    CondStore = "CONDSTORE",
    /// `CONTEXT=SEARCH` (RFC 5267).
    ContextSearch = "CONTEXT=SEARCH",
    /// `CONTEXT=SORT` (RFC 5267).
    ContextSort = "CONTEXT=SORT",
    /// `CREATE-SPECIAL-USE` (RFC 6154).
    CreateSpecialUse = "CREATE-SPECIAL-USE",
    /// `ENABLE` (RFC 5161).
    Enable = "ENABLE",
    /// `ESEARCH` (RFC 4731).
    Esearch = "ESEARCH",
    /// `ESORT` (RFC 5267).
    Esort = "ESORT",
    /// `FILTERS` (RFC 5466).
    Filters = "FILTERS",
    /// `I18NLEVEL=1` (RFC 5255).
    I18nLevel1 = "I18NLEVEL=1",
    /// `I18NLEVEL=2` (RFC 5255).
    I18nLevel2 = "I18NLEVEL=2",
    /// `ID` (RFC 2971).
    Id = "ID",
    /// `IDLE` (RFC 2177).
    Idle = "IDLE",
    /// `IMAP4rev1` (RFC 3501).
    Imap4Rev1 = "IMAP4rev1",
    /// `IMAP4rev2` (RFC 9051).
    Imap4Rev2 = "IMAP4rev2",
    /// `INPROGRESS` (RFC 9585).
    InProgress = "INPROGRESS",
    /// `JMAPACCESS` (RFC 9698).
    JmapAccess = "JMAPACCESS",
    /// `LANGUAGE` (RFC 5255).
    Language = "LANGUAGE",
    /// `LIST-EXTENDED` (RFC 5258).
    ListExtended = "LIST-EXTENDED",
    /// `LIST-METADATA` (RFC 9590).
    ListMetadata = "LIST-METADATA",
    /// `LIST-MYRIGHTS` (RFC 8440).
    ListMyRights = "LIST-MYRIGHTS",
    /// `LIST-STATUS` (RFC 5819).
    ListStatus = "LIST-STATUS",
    /// `LITERAL+` (RFC 7888): any literal may be sent without asking.
    LiteralPlus = "LITERAL+",
    /// `LITERAL-` (RFC 7888): literals of up to 4096 octets may be sent without asking.
    LiteralMinus = "LITERAL-",
    /// `LOGIN-REFERRALS` (RFC 2221).
    LoginReferrals = "LOGIN-REFERRALS",
    /// `LOGINDISABLED` (RFC 9051 §6.2.3).
    LoginDisabled = "LOGINDISABLED",
    /// `MAILBOX-REFERRALS` (RFC 2193).
    MailboxReferrals = "MAILBOX-REFERRALS",
    /// `METADATA` (RFC 5464).
    Metadata = "METADATA",
    /// `METADATA-SERVER` (RFC 5464).
    MetadataServer = "METADATA-SERVER",
    /// `MOVE` (RFC 6851).
    Move = "MOVE",
    /// `MULTIAPPEND` (RFC 3502).
    MultiAppend = "MULTIAPPEND",
    /// `MULTISEARCH` (RFC 7377).
    MultiSearch = "MULTISEARCH",
    /// `NAMESPACE` (RFC 2342).
    Namespace = "NAMESPACE",
    /// `NOTIFY` (RFC 5465).
    Notify = "NOTIFY",
    /// `OBJECTID` (RFC 8474).
    ObjectId = "OBJECTID",
    /// `PARTIAL` (RFC 9394).
    Partial = "PARTIAL",
    /// `PREVIEW` (RFC 8970).
    Preview = "PREVIEW",
    /// `QRESYNC` (RFC 7162).
    Qresync = "QRESYNC",
    /// `QUOTA` (RFC 9208).
    Quota = "QUOTA",
    /// `QUOTASET` (RFC 9208).
    QuotaSet = "QUOTASET",
    /// `REPLACE` (RFC 8508).
    Replace = "REPLACE",
    /// `SASL-IR` (RFC 4959).
    SaslIr = "SASL-IR",
    /// `SAVEDATE` (RFC 8514).
    SaveDate = "SAVEDATE",
    /// `SEARCH=FUZZY` (RFC 6203).
    SearchFuzzy = "SEARCH=FUZZY",
    /// `SEARCHRES` (RFC 5182).
    SearchRes = "SEARCHRES",
    /// `SORT` (RFC 5256).
    Sort = "SORT",
    /// `SORT=DISPLAY` (RFC 5957).
    SortDisplay = "SORT=DISPLAY",
    /// `SPECIAL-USE` (RFC 6154).
    SpecialUse = "SPECIAL-USE",
    /// `STARTTLS` (RFC 9051 §6.2.1).
    StartTls = "STARTTLS",
    /// `STATUS=SIZE` (RFC 8438).
    StatusSize = "STATUS=SIZE",
    /// `THREAD=ORDEREDSUBJECT` (RFC 5256).
    ThreadOrderedSubject = "THREAD=ORDEREDSUBJECT",
    /// `THREAD=REFERENCES` (RFC 5256).
    ThreadReferences = "THREAD=REFERENCES",
    /// `UIDONLY` (RFC 9586).
    UidOnly = "UIDONLY",
    /// `UIDPLUS` (RFC 4315).
    UidPlus = "UIDPLUS",
    /// `UNAUTHENTICATE` (RFC 8437).
    Unauthenticate = "UNAUTHENTICATE",
    /// `UNSELECT` (RFC 3691).
    Unselect = "UNSELECT",
    /// `URL-PARTIAL` (RFC 5550).
    UrlPartial = "URL-PARTIAL",
    /// `URLAUTH` (RFC 4467).
    UrlAuth = "URLAUTH",
    /// `UTF8=ACCEPT` (RFC 6855).
    Utf8Accept = "UTF8=ACCEPT",
    /// `UTF8=ONLY` (RFC 6855).
    Utf8Only = "UTF8=ONLY",
    /// `WITHIN` (RFC 5032).
    Within = "WITHIN",
    /// `X-GM-EXT-1`: Gmail's attributes and searches.
    GmailExt1 = "X-GM-EXT-1",
}

impl Capability {
    /// The capability of that name.
    pub fn named(name: &Bytes) -> Self {
        let plain = Self::PLAIN.iter().find(|(text, _)| text.as_bytes().eq_ignore_ascii_case(name));
        if let Some((_, capability)) = plain {
            return capability.clone();
        }
        Self::with_value(name).unwrap_or_else(|| Self::Other(name.clone()))
    }

    fn with_value(name: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(name).ok()?;
        let after = |prefix: &str| {
            let head = text.get(..prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..]).filter(|value| !value.is_empty())
        };
        if text.eq_ignore_ascii_case("APPENDLIMIT") {
            Some(Self::AppendLimit(None))
        } else if let Some(value) = after("APPENDLIMIT=") {
            number(value).map(|limit| Self::AppendLimit(Some(limit)))
        } else if let Some(value) = after("AUTH=") {
            Some(Self::Auth(value.to_ascii_uppercase().into()))
        } else if let Some(value) = after("MESSAGELIMIT=") {
            number(value).map(Self::MessageLimit)
        } else if let Some(value) = after("QUOTA=RES-") {
            Some(Self::QuotaResource(value.to_ascii_uppercase().into()))
        } else {
            after("RIGHTS=").map(|value| Self::Rights(value.to_owned().into()))
        }
    }
}

/// A number that is written back as it was read.
fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}

/// As on the wire.
impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AppendLimit(None) => f.write_str("APPENDLIMIT"),
            Self::AppendLimit(Some(limit)) => write!(f, "APPENDLIMIT={limit}"),
            Self::Auth(mechanism) => write!(f, "AUTH={mechanism}"),
            Self::MessageLimit(limit) => write!(f, "MESSAGELIMIT={limit}"),
            Self::QuotaResource(resource) => write!(f, "QUOTA=RES-{resource}"),
            Self::Rights(rights) => write!(f, "RIGHTS={rights}"),
            Self::Other(name) => f.write_str(&String::from_utf8_lossy(name)),
            plain => {
                let known = Self::PLAIN.iter().find(|(_, capability)| capability == plain);
                f.write_str(known.map_or("", |(text, _)| text))
            }
        }
    }
}

/// What a server can do, in the order in which it said so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Whether the server can do this. IMAP4rev2 includes what it took over from extensions (RFC 9051 §E).
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability) || (REV2.contains(capability) && self.0.contains(&Capability::Imap4Rev2))
    }

    /// Whether the server offers this SASL mechanism.
    pub fn offers(&self, mechanism: &str) -> bool {
        self.mechanisms().any(|offered| offered.eq_ignore_ascii_case(mechanism))
    }

    /// The SASL mechanisms on offer.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|capability| match capability {
            Capability::Auth(mechanism) => Some(&**mechanism),
            _ => None,
        })
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Capability> {
        self.0.iter()
    }

    /// Whether there are none: nothing is known of the server.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one at the end.
    pub fn push(&mut self, capability: Capability) {
        self.0.push(capability);
    }
}

/// Extensions that are part of IMAP4rev2 (RFC 9051 §E).
const REV2: &[Capability] = &[
    Capability::Namespace,
    Capability::Unselect,
    Capability::UidPlus,
    Capability::Esearch,
    Capability::SearchRes,
    Capability::Enable,
    Capability::Idle,
    Capability::SaslIr,
    Capability::ListExtended,
    Capability::ListStatus,
    Capability::Move,
    Capability::LiteralMinus,
    Capability::SpecialUse,
    Capability::StatusSize,
    Capability::Children,
];

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Capabilities {
    type Item = &'a Capability;
    type IntoIter = std::slice::Iter<'a, Capability>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
