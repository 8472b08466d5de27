//! Data meets no root secret but its own: not a new one in its place, whichever function starts with it.

use crate::harness::System;
use crate::harness::mortal::Moment;
use app::gate::prove_secrets::{Proven, RootSecrets, compare_secrets, keep_secrets};
use domain::secret::RootSecret;
use local::start::first_start::new_root_secret;

/// What comes of starting on this host's data with these secrets.
async fn starting(system: &System, root: Option<&str>, connectors: Option<&str>) -> Proven {
    let gate = system.mortal(usize::MAX, Moment::AfterIt).gate;
    let [root, vault] = [root, connectors].map(|text| text.map(|text| RootSecret::parse(text).unwrap()));
    let had = gate.root_secrets();
    let secrets = RootSecrets { root: root.as_ref().or(had.root), connectors: vault.as_ref().or(had.connectors) };
    let known = gate.store.get_proofs().await.unwrap();
    let proven = keep_secrets(&gate, secrets, &known).await.unwrap();
    if proven != Proven::Yes {
        assert_eq!(compare_secrets(secrets, &known), proven, "a comparison alone shows it too");
    }
    proven
}

#[track_caller]
fn refused(proven: Proven, why: &str, secrets: &[&str]) {
    let Proven::No(said) = proven else { panic!("{why}: it was taken") };
    assert!(said.contains(why) && said.contains("put the former secret back"), "{said}");
    assert!(secrets.iter().all(|secret| !said.contains(secret)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_in_the_place_of_the_datas_own_is_refused_and_one_beside_it_is_not() {
    let [first, second, third] = [(); 3].map(|()| new_root_secret());
    let system = crate::harness::Start::fresh().with_secrets(&first, &new_root_secret()).start().await;
    assert_eq!(starting(&system, None, None).await, Proven::Yes);
    refused(
        starting(&system, Some(&second), None).await,
        "the root secret number 1 is not the one",
        &[&first, &second],
    );
    refused(starting(&system, None, Some(&second)).await, "the connectors' root secret number 1 is not", &[&second]);
    let only_two = format!("2:{second}");
    refused(starting(&system, Some(&only_two), None).await, "root secret number 1, which is missing", &[&second]);

    // Rotated as the page has it: added, used, and the old one dropped.
    for text in [format!("1:{first}\n2:{second}\ncurrent:1"), format!("1:{first}\n2:{second}"), only_two] {
        assert_eq!(starting(&system, Some(&text), None).await, Proven::Yes);
    }
    refused(starting(&system, Some(&format!("2:{third}")), None).await, "number 2 is not the one", &[&third]);
    refused(starting(&system, Some(&format!("3:{third}")), None).await, "number 1, 2, which is missing", &[&third]);
    system.stop().await;
}
