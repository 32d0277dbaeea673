//! What `mailwright serve` prints when it is ready: a table, and commands to paste.

use mailwright_server::{DemoAccount, Server};
use std::io::Write;

/// Prints to standard output, and ends with the line `mailwright ready`.
pub(super) fn print(server: &Server, account: Option<&DemoAccount>) {
    let text = text(server, account);
    // Nobody may be there to read it; the server runs all the same.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn text(server: &Server, account: Option<&DemoAccount>) -> String {
    let mut out = String::new();
    let (user, password) = account.map_or(("", ""), |a| (a.address.as_str(), a.password.as_str()));
    let row = |protocol: &str, address: &str, tls: &str, user: &str, password: &str| {
        format!("{protocol:<12} {address:<22} {tls:<9} {user:<16} {password}").trim_end().to_owned() + "\n"
    };
    out += &row(
        "protocol",
        "address",
        "tls",
        if user.is_empty() { "" } else { "user" },
        if user.is_empty() { "" } else { "password" },
    );
    for (service, address) in server.addresses() {
        let tls = match service {
            "lmtp" => "none",
            "submissions" | "pop3s" | "imaps" => "implicit",
            _ => "starttls",
        };
        let login = !matches!(service, "smtp" | "lmtp");
        let (user, password) = if login { (user, password) } else { ("", "") };
        out += &row(service, &address.to_string(), tls, user, password);
    }
    if let Some(account) = account {
        out += &commands(server, account);
    }
    out + "mailwright ready\n"
}

/// Commands that send a mail and read it back.
fn commands(server: &Server, DemoAccount { address, password }: &DemoAccount) -> String {
    let at = |service| server.address(service).map(|a| a.to_string()).unwrap_or_default();
    let login = format!("--user '{address}:{password}'");
    format!(
        r"
# send a mail
printf 'From: {address}\r\nTo: {address}\r\nSubject: first light\r\n\r\nHello from the other end.\r\n' |
  curl --silent --show-error --insecure --url smtps://{smtps} {login} --mail-from {address} --mail-rcpt {address} --upload-file -
# read it by IMAP, then by POP3
curl --silent --show-error --insecure --url 'imaps://{imaps}/INBOX;MAILINDEX=1' {login}
curl --silent --show-error --insecure --url pop3s://{pop3s}/1 {login}

",
        smtps = at("submissions"),
        imaps = at("imaps"),
        pop3s = at("pop3s"),
    )
}
