//! Where everything local says that it is: the account and the region.

/// The account everything local says it belongs to.
pub const ACCOUNT: &str = "000000000000";

/// The region everything local says it is in.
pub const REGION: &str = "us-east-1";
