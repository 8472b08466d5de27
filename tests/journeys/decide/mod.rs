//! People, deadlines and races decide.

pub(crate) mod escalates;
pub(crate) mod expires_once;
pub(crate) mod races;
pub(crate) mod races_of_personas;
pub(crate) mod races_of_time;
pub(crate) mod seen_is_run;
pub(crate) mod told_is_true;
