//! What one client does, by kind of load. Each gets ready, calls `begin`, works, and says how much it did.

use crate::{Job, Outcome, client::Client};

/// A message of that many octets.
pub fn message(number: usize, size: usize) -> Vec<u8> {
    let mut text = format!(
        "From: Sender <sender{number}@example.test>\r\nTo: reader@bench.test\r\nSubject: message {number}\r\n\
         Date: Tue, 1 Sep 2026 10:00:00 +0000\r\nMessage-ID: <{number}.{}@example.test>\r\n\r\n",
        std::process::id()
    );
    while text.len() + 2 < size {
        let room = size - text.len() - 2;
        text.push_str(&"the quick brown fox jumps over the lazy dog, and again it does so"[..room.min(64)]);
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// Appends `rounds` messages, one at a time.
pub fn append(job: Job) -> impl FnOnce(&dyn Fn()) -> Outcome<usize> {
    move |begin| {
        let ready = Client::imap(job.port, job.user());
        begin();
        let mut client = ready?;
        let message = message(job.number, job.size);
        for _ in 0..job.rounds {
            client.append("INBOX", &message)?;
        }
        Ok(job.rounds)
    }
}

/// Connects, logs in and out, `rounds` times.
pub fn login(job: Job) -> impl FnOnce(&dyn Fn()) -> Outcome<usize> {
    move |begin| {
        begin();
        for _ in 0..job.rounds {
            let mut client = Client::imap(job.port, job.user())?;
            client.command(format_args!("LOGOUT"))?;
        }
        Ok(job.rounds)
    }
}

fn maildrop(job: &Job) -> Outcome<Client> {
    let mut client = Client::connect(job.port)?;
    for command in [format!("USER {}\r\n", job.user()), format!("PASS {}\r\n", crate::client::PASSWORD)] {
        client.pop3(&command)?;
        client.pop3_reply(false)?;
    }
    Ok(client)
}

/// Retrieves and deletes the first `rounds` messages, one command at a time.
pub fn pop3(job: Job) -> impl FnOnce(&dyn Fn()) -> Outcome<usize> {
    move |begin| {
        let ready = maildrop(&job);
        begin();
        let mut client = ready?;
        for number in 1..=job.rounds {
            client.pop3(&format!("RETR {number}\r\n"))?;
            client.pop3_reply(true)?;
            client.pop3(&format!("DELE {number}\r\n"))?;
            client.pop3_reply(false)?;
        }
        client.pop3("QUIT\r\n")?;
        client.pop3_reply(false)?;
        Ok(job.rounds)
    }
}

/// The same, twenty messages at a time.
pub fn pop3_pipelined(job: Job) -> impl FnOnce(&dyn Fn()) -> Outcome<usize> {
    move |begin| {
        let ready = maildrop(&job);
        begin();
        let mut client = ready?;
        for first in (1..=job.rounds).step_by(20) {
            let numbers = first..=(first + 19).min(job.rounds);
            let commands: String = numbers.clone().map(|n| format!("RETR {n}\r\nDELE {n}\r\n")).collect();
            client.pop3(&commands)?;
            for _ in numbers {
                client.pop3_reply(true)?;
                client.pop3_reply(false)?;
            }
        }
        client.pop3("QUIT\r\n")?;
        client.pop3_reply(false)?;
        Ok(job.rounds)
    }
}

/// `rounds` commands of a reader who keeps the connection: mostly fetches, some changes, some new mail. The client
/// changes its user now and then.
pub fn mixed(job: Job) -> impl FnOnce(&dyn Fn()) -> Outcome<usize> {
    move |begin| {
        let message = message(job.number, job.size);
        // Users are shared: two clients are often in one mailbox.
        let open = |turn: usize| -> Outcome<Client> {
            let user = &job.users[(job.number * 7 + turn * 13) % job.users.len()];
            let mut client = Client::imap(job.port, user)?;
            client.command(format_args!("SELECT INBOX"))?;
            Ok(client)
        };
        let ready = open(0);
        begin();
        let mut client = ready?;
        let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ (job.number as u64 + 1);
        for round in 1..=job.rounds {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let n = random as usize % client.messages.max(1) + 1;
            match random >> 32 & 127 {
                0..80 | 118..124 if client.messages == 0 => client.command(format_args!("NOOP"))?,
                0..30 => client.command(format_args!("FETCH {n} (UID FLAGS ENVELOPE BODYSTRUCTURE)"))?,
                30..55 => client.command(format_args!("FETCH {n} (UID BODY.PEEK[])"))?,
                55..65 => client.command(format_args!(
                    "FETCH 1:{n} (UID FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])"
                ))?,
                65..75 => client.command(format_args!("STORE {n} +FLAGS (\\Seen)"))?,
                75..80 => client.command(format_args!("STORE {n} -FLAGS (\\Seen)"))?,
                80..85 => client.command(format_args!("SEARCH UNSEEN"))?,
                85..88 => client.command(format_args!("SEARCH SUBJECT message"))?,
                88..95 => client.command(format_args!("STATUS INBOX (MESSAGES UNSEEN UIDNEXT)"))?,
                95..100 => client.command(format_args!("LIST \"\" *"))?,
                100..110 => client.command(format_args!("NOOP"))?,
                110..118 => {
                    client.append("INBOX", &message)?;
                }
                118..124 => client.command(format_args!("STORE {n} +FLAGS.SILENT (\\Deleted)"))?,
                124..127 => {
                    client.command(format_args!("EXPUNGE"))?;
                    client.command(format_args!("SELECT INBOX"))?
                }
                _ => client.command(format_args!("CHECK"))?,
            }
            if round % 500 == 0 {
                client = open(round / 500)?;
            }
        }
        Ok(job.rounds)
    }
}
