//! Names and pictures that could be taken for another's.

/// Bits in which the hashes of two pictures that look the same may differ.
const PHOTO_DISTANCE: u32 = 6;
/// Shortest name that few people share by chance.
const SHORTEST_USERNAME: usize = 5;

/// A folded name without what people pass over: only its words, one space between them.
pub fn bare_name(folded: &str) -> String {
    let words = folded.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether two bare names are the same and more than a first name, which many share.
pub fn is_same_name(left: &str, right: &str) -> bool {
    left == right && left.contains(' ')
}

/// Whether two names for links look the same: `rosa_admin`, `rosa_adm1n`, `RosaAdrnin`.
pub fn is_alike_username(left: &str, right: &str) -> bool {
    let left = skeleton(left);
    left.len() >= SHORTEST_USERNAME && left == skeleton(right)
}

/// Whether two perceptual hashes are of the same picture.
pub fn is_same_picture(left: u64, right: u64) -> bool {
    (left ^ right).count_ones() <= PHOTO_DISTANCE
}

fn skeleton(username: &str) -> String {
    let letter = |character: char| match character.to_ascii_lowercase() {
        '_' => None,
        'i' | '1' => Some('l'),
        '0' => Some('o'),
        other => Some(other),
    };
    let letters: String = username.chars().filter_map(letter).collect();
    letters.replace("rn", "m").replace("vv", "w")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        assert!(is_same_name(&bare_name("rosa  admin ★"), &bare_name("rosa admin")));
        assert!(!is_same_name(&bare_name("rosa"), &bare_name("rosa")));
        assert!(!is_same_name(&bare_name("rosa admin"), &bare_name("rosa green")));
    }

    #[test]
    fn usernames_are_compared_by_their_looks() {
        for alike in ["RosaAdmin", "rosa_adm1n", "rosa_adrnin", "rosa__admin_"] {
            assert!(is_alike_username("rosa_admin", alike), "{alike}");
        }
        assert!(!is_alike_username("rosa_admin", "rosa_admins"));
        assert!(!is_alike_username("", "") && !is_alike_username("anna", "anna"));
    }

    #[test]
    fn pictures_may_differ_a_little() {
        assert!(is_same_picture(0, 0b11_1111));
        assert!(!is_same_picture(0, 0b111_1111));
    }
}
