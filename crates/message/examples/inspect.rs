//! Prints the tree of a mail file, what its parts are for, and what is wrong with it: `inspect FILE`.

use std::process::ExitCode;

use mailwright_message::Message;
use mailwright_message::view::View;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: inspect FILE");
        return ExitCode::from(2);
    };
    let raw = match std::fs::read(&path) {
        Ok(raw) => raw,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    let message = Message::parse(&raw);

    println!("subject  {}", message.subject().unwrap_or_default());
    for mailbox in message.from().mailboxes() {
        println!("from     {} <{mailbox}>", mailbox.name.as_deref().unwrap_or_default());
    }
    if let Some(date) = message.date() {
        println!("date     {date}");
    }

    println!("\nparts");
    for part in message.parts() {
        let content_type = part.content_type();
        let (kind, subtype) = (content_type.media_type(), content_type.subtype());
        let name = part.file_name().unwrap_or_default();
        println!(
            "{:indent$}{kind}/{subtype} {} octets {name}",
            "",
            part.body().len(),
            indent = 2 + 2 * part.depth()
        );
    }

    println!("\nshown as");
    for shown in View::of(&message).iter() {
        println!("  part {}: {:?}, as {:?}", shown.part.index(), shown.role, shown.reason);
    }

    println!("\ndefects");
    for defect in message.defects() {
        println!("  {defect}");
    }
    ExitCode::SUCCESS
}
