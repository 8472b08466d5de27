//! Proofs of the root secrets that the data is made with, so that data never meets a secret that is not its own.

use crate::item::{Item, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::ReturnValue;
use std::collections::BTreeMap;

/// Proofs by the name of their secret.
pub type Proofs = BTreeMap<String, String>;

impl Store {
    /// The proofs that are kept, as of a moment ago: a proof is never changed.
    pub async fn get_proofs(&self) -> Result<Proofs, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::proofs()));
        let out = get.send().await.map_err(StoreError::sdk("get proofs"))?;
        Ok(out.item.as_ref().map(proofs).unwrap_or_default())
    }

    /// Keeps proofs of which none is known by these names; what is kept then, which is another's where that was first.
    pub async fn keep_proofs(&self, new: &Proofs) -> Result<Proofs, StoreError> {
        let mut update = self.client.update_item().table_name(&self.table).set_key(Some(keys::proofs()));
        let mut sets = Vec::new();
        for (i, (name, proof)) in new.iter().enumerate() {
            sets.push(format!("#p{i} = if_not_exists(#p{i}, :p{i})"));
            update = update.expression_attribute_names(format!("#p{i}"), name);
            update = update.expression_attribute_values(format!(":p{i}"), s(proof));
        }
        let update = update.update_expression(format!("SET {}", sets.join(", "))).return_values(ReturnValue::AllNew);
        let out = update.send().await.map_err(StoreError::sdk("keep proofs"))?;
        Ok(out.attributes.as_ref().map(proofs).unwrap_or_default())
    }
}

fn proofs(item: &Item) -> Proofs {
    let names = item.keys().filter(|name| !["pk", "sk"].contains(&name.as_str()));
    names.filter_map(|name| Some((name.clone(), text(item, name)?.to_owned()))).collect()
}
