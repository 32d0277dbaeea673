//! What the tests of this workspace share: protocol transcripts and the corpus.
