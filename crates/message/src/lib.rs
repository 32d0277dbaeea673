//! Internet messages and MIME: parse anything, edit without harm, build correctly.

pub mod encoding;
