//! Writes a message with text, HTML and the files given as attachments: `compose FROM TO SUBJECT [FILE...] < TEXT`.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use mailwright_message::build::{Builder, MessageId};

fn main() -> ExitCode {
    match compose(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compose(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [from, to, subject, files @ ..] = arguments else {
        return Err("usage: compose FROM TO SUBJECT [FILE...] < TEXT".into());
    };
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");

    // The library reads no clock and rolls no dice: here is where they come from.
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH)?;
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let id = MessageId::generate(since.as_secs(), since.as_nanos(), domain)?;

    let mut builder = Builder::new()
        .from(from.as_str())
        .to(to.as_str())
        .subject(subject)
        .date(now)
        .message_id(id.as_str())
        .text(text)
        .html(format!("<pre>{escaped}</pre>"));
    for file in files {
        let name =
            Path::new(file).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        builder = builder.attach(&name, "application/octet-stream", std::fs::read(file)?);
    }
    let composed = builder.build()?;
    eprintln!("MAIL FROM:<{}>", composed.envelope().sender.as_deref().unwrap_or_default());
    for recipient in &composed.envelope().recipients {
        eprintln!("RCPT TO:<{recipient}>");
    }
    let mut out = io::stdout().lock();
    composed.write_to(&mut out)?;
    out.flush()?;
    Ok(())
}
