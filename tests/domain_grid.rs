//! The state machine, whole: every status against every command.
