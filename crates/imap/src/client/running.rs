//! Commands that are not done yet.

use super::{CommandId, answers::Answers};
use crate::types::{DateTime, Flag, MailboxName, command::CommandBody};
use mailwright_sasl::client::{self, Mechanism};

/// A command that is not done yet.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: CommandId,
    pub(super) tag: String,
    pub(super) kind: Kind,
    pub(super) answers: Answers,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A command without a state of its own.
    Plain(Box<CommandBody>),
    StartTls,
    #[cfg(feature = "compress")]
    Compress,
    Authenticate {
        mechanism: Box<dyn Mechanism>,
        /// The initial response, where it has to wait for the first challenge.
        initial: Option<Vec<u8>>,
        failed: Option<client::Error>,
    },
    Append {
        mailbox: MailboxName,
        flags: Vec<Flag>,
        date: Option<DateTime>,
        size: u64,
    },
    Idle {
        done: bool,
    },
    /// Written; what it was does not matter any more, except in these.
    Login,
    Select,
    Logout,
    Enable,
    Unauthenticate,
    Written,
}

impl Kind {
    pub(super) fn of(command: CommandBody) -> Self {
        Self::Plain(Box::new(command))
    }

    /// What is left to know once the command is written.
    pub(super) fn written(self) -> Self {
        match self {
            Self::Plain(command) => match *command {
                CommandBody::Login { .. } => Self::Login,
                CommandBody::Select(_) | CommandBody::Examine(_) => Self::Select,
                CommandBody::Logout => Self::Logout,
                CommandBody::Enable(_) => Self::Enable,
                CommandBody::Unauthenticate => Self::Unauthenticate,
                _ => Self::Written,
            },
            Self::Append { .. } => Self::Written,
            other => other,
        }
    }

    /// Whether what follows this command means something else when it is done: nothing is written until then.
    pub(super) fn holds_others(&self) -> bool {
        match self {
            Self::StartTls | Self::Authenticate { .. } | Self::Idle { .. } => true,
            #[cfg(feature = "compress")]
            Self::Compress => true,
            Self::Login | Self::Select | Self::Logout | Self::Enable | Self::Unauthenticate => true,
            Self::Plain(command) => matches!(
                **command,
                CommandBody::Login { .. }
                    | CommandBody::Select(_)
                    | CommandBody::Examine(_)
                    | CommandBody::Logout
                    | CommandBody::Enable(_)
                    | CommandBody::Unauthenticate
            ),
            Self::Append { .. } | Self::Written => false,
        }
    }
}

impl Running {
    pub(super) fn new(id: CommandId, kind: Kind) -> Self {
        let answers = match &kind {
            Kind::Plain(command) => Answers::to(command),
            _ => Answers::None,
        };
        Self { id, tag: id.to_string(), kind, answers }
    }
}
