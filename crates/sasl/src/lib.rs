//! SASL mechanisms, both roles, without I/O.
