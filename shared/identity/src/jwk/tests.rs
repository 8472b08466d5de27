//! Signatures that others made, and every way a key can be the wrong one.

use super::KeySet;
use crate::jwt::Token;
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

/// RFC 7515, appendix A.2.
const RSA: (&str, &str) = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs\
     D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV\
     MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
     cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ\
     cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e\
     OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
);
/// RFC 7515, appendix A.3.
const P256: (&str, &str, &str) = (
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
     DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
);

fn set(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn verifies(keys: &[Value], token: &str) -> bool {
    set(keys).verifies(&Token::read(token).unwrap())
}

fn rsa() -> Value {
    json!({ "kty": "RSA", "n": RSA.0, "e": "AQAB" })
}

fn p256() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": P256.0, "y": P256.1 })
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

#[test]
fn the_examples_of_rfc_7515_are_believed_under_their_own_keys_only() {
    let both = [rsa(), p256(), json!({ "kty": "oct", "k": "c2VjcmV0" }), json!(7), json!({ "kty": "EC" })];
    assert!(verifies(&both, RSA.1) && verifies(&both, P256.2));
    assert!(!verifies(&[p256()], RSA.1) && !verifies(&[rsa()], P256.2) && !verifies(&[], RSA.1));
    let signature = RSA.1.rsplit_once('.').unwrap().1;
    let (signed, _) = P256.2.rsplit_once('.').unwrap();
    assert!(!verifies(&both, &format!("{signed}.{signature}")));
}

#[test]
fn a_key_counts_only_for_what_it_is_meant_for() {
    for (good, jwk) in [
        (true, with(rsa(), "use", json!("sig"))),
        (false, with(rsa(), "use", json!("enc"))),
        (false, with(rsa(), "use", json!(1))),
        (true, with(rsa(), "key_ops", json!(["verify"]))),
        (false, with(rsa(), "key_ops", json!(["encrypt"]))),
        (true, with(rsa(), "alg", json!("RS256"))),
        (false, with(rsa(), "alg", json!("RS512"))),
        (false, with(rsa(), "alg", json!("PS256"))),
        (true, with(rsa(), "kid", json!("one"))),
        (false, with(rsa(), "kid", json!(1))),
        (false, with(rsa(), "kty", json!("EC"))),
        (false, with(rsa(), "e", json!("AQ"))),
        (false, with(rsa(), "n", json!("AQAB"))),
        (true, with(rsa(), "n", json!(format!("{}==", RSA.0)))),
        (true, with(rsa(), "e", json!("AAEAAQ"))),
        (true, with(rsa(), "e", json!("AQAB="))),
        (true, with(rsa(), "alg", json!(null))),
        (true, with(rsa(), "use", json!(null))),
        (true, with(rsa(), "kid", json!(null))),
        (true, with(rsa(), "key_ops", json!(null))),
        (false, with(rsa(), "alg", json!("RSA-OAEP"))),
        (false, with(rsa(), "alg", json!(7))),
        (false, with(rsa(), "n", json!(format!("+{}", RSA.0)))),
    ] {
        assert_eq!(verifies(std::slice::from_ref(&jwk), RSA.1), good, "{jwk}");
    }
    for (name, value) in [("x", P256.1), ("y", P256.0), ("crv", "P-384"), ("crv", "secp256k1"), ("x", "AQAB")] {
        assert!(!verifies(&[with(p256(), name, json!(value))], P256.2), "{name}: {value}");
    }
}

#[test]
fn a_token_without_a_kid_needs_a_single_fitting_key() {
    let other = with(rsa(), "n", json!(RSA.0.replacen("ofg", "pfg", 1)));
    assert!(!verifies(&[with(rsa(), "kid", json!("a")), with(other.clone(), "kid", json!("b"))], RSA.1));
    assert!(!verifies(&[rsa(), other], RSA.1));
    assert!(verifies(&[rsa(), with(rsa(), "alg", json!("RS384"))], RSA.1), "only one fits");
}

#[test]
fn keys_are_read_as_issuers_publish_them() {
    let zeros = |text: &str, before: &[u8]| {
        BASE64URL_NOPAD.encode(&[before, &BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()].concat())
    };
    assert!(verifies(&[with(rsa(), "n", json!(zeros(RSA.0, &[0, 0])))], RSA.1), "zeros before a number");
    assert!(verifies(&[with(p256(), "x", json!(zeros(P256.0, &[0])))], P256.2));
    assert!(verifies(&[rsa(), with(rsa(), "e", json!("AAEAAQ"))], RSA.1), "the same key twice");
    let twice = [with(rsa(), "kid", json!("a")), with(with(rsa(), "kid", json!("a")), "alg", json!("RS256"))];
    assert!(verifies(&twice, RSA.1));
    let others = r#"{"kty":"RSA","n":"\ufeff","e":"AQAB"},{"kty":"AKP","alg":"ML-DSA-44","pub":"x"},{"kty":"RSA","alg":null,"oth":1e300}"#;
    let set = format!("\u{feff}{{\"next\":123456789012345678901234567890,\"keys\":[{others},{}]}}", rsa());
    assert!(KeySet::read(set.as_bytes()).unwrap().verifies(&Token::read(RSA.1).unwrap()));
}

#[test]
fn ed25519_has_two_names() {
    for (token, key) in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA"), ("Ed25519", "Ed25519")] {
        let (jwk, text) = signed(json!({ "alg": token }));
        assert!(verifies(&[with(jwk.clone(), "alg", json!(key))], &text) && verifies(&[jwk], &text), "{token} {key}");
    }
    let (jwk, text) = signed(json!({ "alg": "Ed25519" }));
    assert!(!verifies(&[with(jwk, "alg", json!("Ed448"))], &text));
}

#[test]
fn what_is_no_list_of_keys_is_no_answer() {
    for text in ["", "<html>", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(!verifies(&[], P256.2), "an empty list is one, and verifies nothing");
}

/// A pair of its own, the key as published, and a token that it signed.
fn signed(header: Value) -> (Value, String) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(&header), part(&json!({ "iss": "joe" })));
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "one" });
    let signature = BASE64URL_NOPAD.encode(pair.sign(text.as_bytes()).as_ref());
    (jwk, format!("{text}.{signature}"))
}

#[test]
fn a_header_is_believed_in_nothing_but_the_key_that_it_names() {
    let header = |more: Value| {
        let mut header = json!({ "alg": "EdDSA" });
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (jwk, token) = signed(header);
        Token::read(&token).is_ok_and(|token| set(&[jwk]).verifies(&token))
    };
    for good in [
        json!({}),
        json!({ "kid": "one", "typ": "JWT" }),
        json!({ "typ": "at+jwt", "jku": "https://evil.com/keys", "x5t": "x" }),
        json!({ "typ": "application/at+JWT" }),
    ] {
        assert!(header(good.clone()), "{good}");
    }
    for bad in [
        json!({ "kid": "two" }),
        json!({ "kid": "" }),
        json!({ "kid": 1 }),
        json!({ "kid": null }),
        json!({ "typ": "dpop+jwt" }),
        json!({ "typ": "logout+jwt" }),
        json!({ "typ": 1 }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": [] }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "none" }),
        json!({ "alg": "eddsa" }),
        json!({ "alg": null }),
    ] {
        assert!(!header(bad.clone()), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_other_text_passes_for_a_signed_one(at in 0_usize..1_000, by in 1_u8..128) {
        let (jwk, token) = signed(json!({ "alg": "EdDSA" }));
        let mut other = token.into_bytes();
        let at = at % other.len();
        other[at] = (other[at] ^ by) & 0x7f;
        let other = String::from_utf8(other).unwrap();
        prop_assert!(!Token::read(&other).is_ok_and(|token| set(&[jwk]).verifies(&token)));
    }
}
