//! Every route, by its URL.
