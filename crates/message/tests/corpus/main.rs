//! Real mail with results that others came to: what is under the corpus folder is read where it is present.

#![allow(clippy::unwrap_used, clippy::panic)] // that is how a test says what is missing

mod dovecot;
mod isemail;
mod jwz;
mod mime4j;
mod robust;
mod sexp;
mod sort;
mod tables;

use mailwright_testkit::stored;

/// The corpus, or a word that it was left out.
fn corpus(what: &str) -> Option<std::path::PathBuf> {
    let found = mailwright_testkit::corpus();
    if found.is_none() {
        println!("left out: {what}, as there is no corpus");
    }
    found
}
