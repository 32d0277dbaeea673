//! The outbound mail queue: attempts, retries and bounces.
