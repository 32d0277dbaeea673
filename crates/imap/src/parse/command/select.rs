//! SELECT and EXAMINE.

use super::{Cursor, Result, eat_word};
use crate::types::{
    UidValidity,
    command::{QResync, Select},
};

/// `select = "SELECT" SP mailbox [select-params]`, `select-params = SP "(" select-param *(SP select-param) ")"`
/// (RFC 4466 §2.1, RFC 7162 §7)
pub(super) fn select(input: &mut Cursor<'_>) -> Result<Select> {
    input.sp()?;
    let mailbox = input.mailbox()?;
    let (mut condstore, mut qresync) = (false, None);
    if !input.is_at_end() {
        input.sp()?;
        input.list(|input| {
            if eat_word(input, "CONDSTORE") {
                condstore = true;
            } else if eat_word(input, "QRESYNC") {
                input.sp()?;
                qresync = Some(self::qresync(input)?);
            } else {
                return Err(input.error("a parameter of SELECT"));
            }
            Ok(())
        })?;
    }
    Ok(Select { mailbox, condstore, qresync })
}

/// `select-param =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"`
fn qresync(input: &mut Cursor<'_>) -> Result<QResync> {
    input.byte(b'(', "the parameters of QRESYNC")?;
    let uid_validity = UidValidity::from(input.nz_number()?);
    input.sp()?;
    // RFC 7162 §7: a client that knows of no change has nothing to synchronise from.
    let at = input.at();
    let mod_seq = input.mod_seq()?;
    if mod_seq.value() == 0 {
        return Err(input.error_at(at, "a mod-sequence above zero"));
    }
    let mut known_uids = None;
    let mut match_data = None;
    if input.peek() == Some(b' ') && input.rest().get(1) != Some(&b'(') {
        input.sp()?;
        known_uids = Some(input.sequence_set()?);
    }
    if input.eat(b' ') {
        input.byte(b'(', "sequence match data")?;
        let numbers = input.sequence_set()?;
        input.sp()?;
        match_data = Some((numbers, input.sequence_set()?));
        input.byte(b')', "the closing parenthesis")?;
    }
    input.byte(b')', "the closing parenthesis")?;
    Ok(QResync { uid_validity, mod_seq, known_uids, match_data })
}
