//! A [`Command`] to its line.

use mailwright_wire::Output;
use thiserror::Error;

use crate::types::{Command, MessageNumber};

/// A command that has no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An argument has a control character, which could end the line and begin another command.
    #[error("argument has a control character")]
    Character,
    /// An argument that is needed is empty.
    #[error("argument is empty")]
    Empty,
}

/// Writes a command with its CRLF.
///
/// # Errors
/// When an argument cannot stand on the line. Nothing is written then.
pub fn command(command: &Command, out: &mut Output) -> Result<(), EncodeError> {
    let arguments: Vec<std::borrow::Cow<'_, str>> = match command {
        Command::Apop(apop) => vec![needed(&apop.name)?.into(), needed(&apop.digest)?.into()],
        Command::Auth { mechanism, initial } => mechanism
            .as_deref()
            .into_iter()
            .chain(initial.as_ref().map(mailwright_sasl::Secret::expose))
            .map(|text| needed(text).map(Into::into))
            .collect::<Result<_, _>>()?,
        Command::Dele(message) | Command::Retr(message) => vec![message.to_string().into()],
        Command::Lang(tag) => tag.iter().map(|tag| needed(tag).map(Into::into)).collect::<Result<_, _>>()?,
        Command::List(message) | Command::Uidl(message) => {
            message.iter().map(MessageNumber::to_string).map(Into::into).collect()
        }
        Command::Pass(password) => vec![needed(password.expose())?.into()],
        Command::Top(message, lines) => vec![message.to_string().into(), lines.to_string().into()],
        Command::User(name) => vec![needed(name)?.into()],
        Command::Capa
        | Command::Noop
        | Command::Quit
        | Command::Rset
        | Command::Stat
        | Command::Stls
        | Command::Utf8 => Vec::new(),
    };
    out.put(command.verb().as_bytes());
    for argument in arguments {
        out.put(b" ");
        out.put(argument.as_bytes());
    }
    out.put(b"\r\n");
    Ok(())
}

fn needed(text: &str) -> Result<&str, EncodeError> {
    match text {
        "" => Err(EncodeError::Empty),
        _ if text.chars().any(char::is_control) => Err(EncodeError::Character),
        _ => Ok(text),
    }
}
