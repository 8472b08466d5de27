//! The algorithms that a token may be signed by.

use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
};

/// An algorithm that a token may be signed by (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). None whose secret the verifier would share.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    name: &'static str,
    pub(crate) by: By,
}

/// `Ed25519` is the newer name of what `EdDSA` means with the only curve that is read here.
impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name || matches!((self.by, other.by), (By::Ed25519, By::Ed25519))
    }
}

/// The kind of key that an algorithm needs, and what it does with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Rsa(&'static RsaParameters),
    P256,
    P384,
    Ed25519,
}

const ALGORITHMS: [Algorithm; 10] = [
    Algorithm { name: "RS256", by: By::Rsa(&RSA_PKCS1_2048_8192_SHA256) },
    Algorithm { name: "RS384", by: By::Rsa(&RSA_PKCS1_2048_8192_SHA384) },
    Algorithm { name: "RS512", by: By::Rsa(&RSA_PKCS1_2048_8192_SHA512) },
    Algorithm { name: "PS256", by: By::Rsa(&RSA_PSS_2048_8192_SHA256) },
    Algorithm { name: "PS384", by: By::Rsa(&RSA_PSS_2048_8192_SHA384) },
    Algorithm { name: "PS512", by: By::Rsa(&RSA_PSS_2048_8192_SHA512) },
    Algorithm { name: "ES256", by: By::P256 },
    Algorithm { name: "ES384", by: By::P384 },
    Algorithm { name: "EdDSA", by: By::Ed25519 },
    Algorithm { name: "Ed25519", by: By::Ed25519 },
];

impl Algorithm {
    /// The algorithm of a name, to the letter.
    pub fn parse(name: &str) -> Option<Self> {
        ALGORITHMS.into_iter().find(|known| known.name == name)
    }

    /// All names.
    pub fn names() -> [&'static str; 10] {
        ALGORITHMS.map(|known| known.name)
    }
}
