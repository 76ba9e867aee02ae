//! JSON Schemas of everything that crosses a border.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};

use crate::facts::Facts;
use crate::policy::{ChatSettings, Policy};
use crate::verdict::Verdict;

/// File name below `contracts/generated` and its schema, sorted by name.
///
/// # Errors
/// Never for these types; the serialiser's error all the same.
pub fn schemas() -> Result<Vec<(&'static str, Vec<u8>)>, serde_json::Error> {
    Ok(vec![
        ("chat-settings.schema.json", schema::<ChatSettings>(SchemaSettings::draft2020_12())?),
        ("facts.schema.json", schema::<Facts>(SchemaSettings::draft2020_12())?),
        ("policy.schema.json", schema::<Policy>(SchemaSettings::draft2020_12())?),
        ("verdict.schema.json", schema::<Verdict>(SchemaSettings::draft2020_12().for_serialize())?),
    ])
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Result<Vec<u8>, serde_json::Error> {
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    let mut bytes = serde_json::to_vec_pretty(&schema)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{REGISTRY, catalogue};

    #[test]
    fn schemas_and_catalogue_are_the_same_bytes_every_time() {
        assert_eq!(schemas().unwrap(), schemas().unwrap());
        let catalogue = || serde_json::to_vec(&catalogue()).unwrap();
        assert_eq!(catalogue(), catalogue());
    }

    #[test]
    fn the_policy_has_a_property_for_every_signal() {
        let schemas = schemas().unwrap();
        let (_, policy) = schemas.iter().find(|(name, _)| *name == "policy.schema.json").unwrap();
        let policy: serde_json::Value = serde_json::from_slice(policy).unwrap();
        let properties = policy["properties"]["signals"]["properties"].as_object().unwrap();
        assert_eq!(properties.len(), REGISTRY.len());
    }
}
