//! Field types that take what they can use and treat anything else as absent.
//!
//! In: any JSON value. Out: the value, or nothing. Fails only where the bytes are no JSON at all.
//! Telegram adds fields and changes types without notice; a surprise in one field must not cost the update.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Ids and dates stay exact in every language up to here (JavaScript's and `SQLite`'s common ground).
pub const LARGEST_INTEGER: i64 = 1 << 53;

/// A string, borrowed from the update where it holds no escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

/// An integer within ±2^53.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Integer(pub Option<i64>);

/// `true` only where the value is `true`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

/// An object of a known shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<T>(pub Option<T>);

/// An array; elements of a wrong type are kept as absent so that indexes stay true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

/// Whether the field is there as an object or a non-empty array, whatever it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Present(pub bool);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a> Text<'a> {
    /// The string, unless absent or empty.
    pub fn filled(self) -> Option<Cow<'a, str>> {
        self.0.filter(|text| !text.is_empty())
    }
}

/// The visitor methods for values that count as absent.
macro_rules! absent {
    ($value:expr; $($method:ident($type:ty)),* $(,)?) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok($value)
        })*

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

macro_rules! absent_object {
    ($value:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
}

macro_rules! absent_array {
    ($value:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
}

fn expecting(formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("JSON")
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(value))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(value.to_owned()))))
    }

    absent!(Text(None); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
    absent_object!(Text(None));
    absent_array!(Text(None));
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct IntegerVisitor;

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = Integer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Integer(Some(value).filter(|value| value.unsigned_abs() <= LARGEST_INTEGER.unsigned_abs())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Integer(i64::try_from(value).ok().filter(|value| *value <= LARGEST_INTEGER)))
    }

    absent!(Integer(None); visit_bool(bool), visit_f64(f64), visit_str(&str));
    absent_object!(Integer(None));
    absent_array!(Integer(None));
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Flag(value))
    }

    absent!(Flag(false); visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    absent_object!(Flag(false));
    absent_array!(Flag(false));
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct PresentVisitor;

impl<'de> Visitor<'de> for PresentVisitor {
    type Value = Present;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut found = false;
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            found = true;
        }
        Ok(Present(found))
    }

    absent!(Present(false); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    absent_object!(Present(true));
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PresentVisitor)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
    }

    absent!(Object(None); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    absent_array!(Object(None));
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(formatter)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(List(values))
    }

    absent!(List(Vec::new()); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    absent_object!(List(Vec::new()));
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'de, T: Deserialize<'de>>(json: &'de str) -> T {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_of_the_wrong_type_counts_as_absent() {
        for json in ["7", "-7", "1.5", "true", "null", "[[1],{}]", r#"{"a":[1]}"#] {
            assert_eq!(read::<Text<'_>>(json), Text(None), "{json}");
        }
        for json in ["1.5", "true", "null", "\"7\"", "[1]", "{}", "9007199254740993", "-9007199254740993", "1e300"] {
            assert_eq!(read::<Integer>(json), Integer(None), "{json}");
        }
        assert_eq!(read::<Object<Vec<u8>>>("3"), Object(None));
        assert_eq!(read::<List<Integer>>(r#"[1,"two",3]"#).0.len(), 3);
        assert_eq!(read::<Present>("[]"), Present(false));
        assert_eq!(read::<Present>("{}"), Present(true));
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        assert!(matches!(read::<Text<'_>>("\"plain\""), Text(Some(Cow::Borrowed("plain")))));
        assert!(matches!(read::<Text<'_>>(r#""a\nb""#), Text(Some(Cow::Owned(_)))));
    }
}
