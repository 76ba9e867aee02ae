//! Near-duplicates found by `MinHash` (Broder 1997), so that twins do not stand on both sides of a test.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

const BANDS: usize = 10;
const ROWS: usize = 3;
const SHINGLE: usize = 4;
/// Share of equal minima from which two texts are twins.
const TWINS: usize = BANDS * ROWS * 6 / 10;

/// The cluster of each text: the smallest index of its near-duplicates.
#[must_use]
pub fn clusters(texts: &[&str]) -> Vec<usize> {
    let sketches: Vec<[u64; BANDS * ROWS]> = texts.iter().map(|text| sketch(text)).collect();
    let mut parents: Vec<usize> = (0..texts.len()).collect();
    for band in 0..BANDS {
        let mut buckets: HashMap<&[u64], usize> = HashMap::new();
        for (index, sketch) in sketches.iter().enumerate() {
            let key = sketch.get(band * ROWS..(band + 1) * ROWS).unwrap_or_default();
            let first = *buckets.entry(key).or_insert(index);
            let Some(other) = sketches.get(first) else { continue };
            let equal = sketch.iter().zip(other).filter(|(left, right)| left == right).count();
            if equal >= TWINS {
                let (left, right) = (root(&mut parents, first), root(&mut parents, index));
                if let Some(parent) = parents.get_mut(left.max(right)) {
                    *parent = left.min(right);
                }
            }
        }
    }
    (0..texts.len()).map(|index| root(&mut parents, index)).collect()
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while let Some(parent) = parents.get(index).copied().filter(|parent| *parent != index) {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(index) {
            *slot = above;
        }
        index = parent;
    }
    index
}

fn sketch(text: &str) -> [u64; BANDS * ROWS] {
    let letters: Vec<u8> = text
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .flat_map(|character| u32::from(character).to_le_bytes())
        .collect();
    let mut minima = [u64::MAX; BANDS * ROWS];
    let length = SHINGLE * 4;
    let shingles = letters.windows(length.min(letters.len().max(1))).step_by(4);
    for shingle in shingles {
        let base = xxh3_64_with_seed(shingle, 0);
        let mut hash = base;
        for minimum in &mut minima {
            hash = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31) ^ base;
            *minimum = (*minimum).min(hash);
        }
    }
    minima
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_share_a_cluster_and_strangers_do_not() {
        let texts = [
            "Earn 300 dollars a day from home, write to me in private now",
            "the roses need water twice a week in summer",
            "Earn 350 dollars a day from home, write to me in private now!!",
            "does anybody know a good dentist near the station?",
        ];
        assert_eq!(clusters(&texts), [0, 1, 0, 3]);
    }

    #[test]
    fn texts_without_letters_are_one_cluster_and_nothing_fails() {
        assert_eq!(clusters(&["", "!!!", "?"]), [0, 0, 0]);
    }
}
