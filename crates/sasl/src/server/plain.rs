//! PLAIN, RFC 4616.

use super::{Answer, Failure, Mechanism, Question, Turn, authorization, name, password, text};

#[derive(Debug, Default)]
pub(super) struct Plain {
    user: String,
    authorization: Option<String>,
}

impl Plain {
    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd`
    fn message(&mut self, message: &[u8]) -> Result<Question, Failure> {
        let mut parts = text(message)?.split('\0');
        let (Some(authzid), Some(authcid), Some(passwd), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Failure::Malformed);
        };
        self.user = name(authcid)?;
        self.authorization = authorization(authzid)?;
        Ok(Question::Password { user: self.user.clone(), password: password(passwd)? })
    }
}

impl Mechanism for Plain {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or(Turn::Challenge(Vec::new()), |initial| self.respond(initial))
    }

    fn respond(&mut self, response: &[u8]) -> Turn {
        self.message(response).map_or_else(Turn::Failed, Turn::Ask)
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        match answer {
            Answer::Accept { account } => Turn::Proved {
                account,
                authenticated: std::mem::take(&mut self.user),
                authorization: self.authorization.take(),
            },
            Answer::Refuse(failure) => Turn::Failed(failure),
            _ => Turn::Failed(Failure::Misuse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, prepare};

    fn ask(message: &[u8]) -> Result<(String, String, Option<String>), Failure> {
        let mut plain = Plain::default();
        match plain.message(message)? {
            Question::Password { user, password } => {
                Ok((user, password.expose().to_owned(), plain.authorization))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn examples_of_rfc_4616() {
        let (user, password) = ("tim".to_owned(), "tanstaaftanstaaf".to_owned());
        assert_eq!(ask(b"\0tim\0tanstaaftanstaaf"), Ok((user, password, None)));
        let (user, password) = ("Kurt".to_owned(), "xipj3plmq".to_owned());
        assert_eq!(ask(b"Ursel\0Kurt\0xipj3plmq"), Ok((user, password, Some("Ursel".to_owned()))));
    }

    #[test]
    fn two_nuls_and_text_between() {
        for bad in [
            &b""[..],
            b"a",
            b"a\0b",
            b"\0\0",
            b"\0a\0",
            b"\0\0b",
            b"a\0b\0c\0",
            b"\0a\0b\0c",
            b"\0\xff\0b",
            b"\0a\0\xc3",
        ] {
            assert_eq!(ask(bad), Err(Failure::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn names_of_255_octets_are_taken_and_of_1025_are_not() {
        let message = |n: usize| [&b"\0"[..], &vec![b'u'; n], b"\0", &vec![b'p'; n]].concat();
        assert!(ask(&message(255)).is_ok());
        assert!(ask(&message(prepare::MAX_LEN)).is_ok());
        assert_eq!(ask(&message(prepare::MAX_LEN + 1)), Err(Failure::Malformed));
    }

    #[test]
    fn passwords_are_prepared() {
        let (_, password, _) = ask("\0a\0I\u{AD}X".as_bytes()).unwrap();
        assert_eq!(Secret::new(password), Secret::new("IX"));
        assert_eq!(ask(b"\0a\0\x07"), Err(Failure::Credentials));
    }
}
