//! What a person can do about a status code (RFC 3463).
use mailwright_message::report::Action;

/// One sentence, or nothing where there is nothing to do.
pub(super) fn of(action: Action, status: &str) -> &'static str {
    if action != Action::Failed {
        return "";
    }
    let mut numbers = status.splitn(3, '.').skip(1);
    let subject = numbers.next().unwrap_or_default();
    let detail = numbers.next().unwrap_or_default();
    match (subject, detail) {
        ("1", "10") => "The domain takes no mail at all. Look for another way to reach this person.",
        ("1", "2") => "The domain in the address does not exist. Check what is written after the @.",
        ("1", "6") => "The mailbox has moved. Ask for the new address.",
        ("1", _) => "Check the address: there is no such mailbox.",
        ("2", "1") => "The mailbox takes no mail now. Look for another way to reach this person.",
        ("2", "2") => "The mailbox is full. Try again when its owner has made room.",
        ("2" | "3", "3" | "4") => "The message is too big for the other system. Send less, or a link to it.",
        ("4", "6") => {
            "The domain's mail servers are set up so that mail goes in a circle. Tell its administrators."
        }
        ("4", "7") => {
            "The other system could not be reached or did not take it in all this time. Try another way."
        }
        ("4", _) => {
            "The domain's mail servers cannot be reached as they are set up. Tell its administrators."
        }
        ("6", _) => "The other system cannot take a message in this form. Send it as plain text.",
        ("7", _) => {
            "The other system refuses it by its rules. Its answer above may say why; ask its administrators."
        }
        _ => "The answer above may say why.",
    }
}
