//! Energy markets, replay and choice, pure: no clock, no entropy, no I/O, no JavaScript.
//!
//! Inside, arrows point one way: `pipeline` → `replay` → `choice`, `energy` → `input`; `pipeline` → `fit` → `choice`, `input`;
//! `pipeline` → `host`.

pub mod choice;
pub mod energy;
pub mod fit;
pub mod host;
pub mod input;
pub mod pipeline;
pub mod replay;
