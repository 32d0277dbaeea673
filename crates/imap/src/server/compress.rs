//! COMPRESS (RFC 4978): from its answer on, both directions are one compressed stream each.

use super::Server;
use crate::types::{
    Atom, Tag,
    response::{Code, Status},
};

impl Server {
    pub(super) fn can_compress(&self) -> bool {
        self.config.features.compress && cfg!(feature = "compress")
    }

    pub(super) fn compress(&mut self, tag: Tag, algorithm: &Atom) {
        if self.compressed {
            let status = Status::bad("compression is on already").with(Code::CompressionActive);
            return self.bad_with(Some(tag), status);
        }
        if !algorithm.as_str().eq_ignore_ascii_case("DEFLATE") {
            return self.bad(Some(tag), "DEFLATE is the one algorithm here");
        }
        self.tagged(tag, Status::ok("DEFLATE active"));
        self.set_compressed(true);
    }

    /// Begins or ends compression behind all that has been said.
    pub(super) fn set_compressed(&mut self, on: bool) {
        if on == self.compressed {
            return;
        }
        self.compressed = on;
        self.flush_text();
        #[cfg(feature = "compress")]
        if on {
            self.input.inflate();
            self.out.deflate();
        } else {
            self.input.end_inflate();
            self.out.end_deflate();
        }
    }
}
