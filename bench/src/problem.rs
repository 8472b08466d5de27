//! Anything that ends the run.

/// Anything that ends the run.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;
