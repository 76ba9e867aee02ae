//! Digits and signs that stand for letters inside a word: "c4s1no", "3аработок", "р@бота".
//!
//! A word is read so only where no one writes digits: between its letters, or on both sides of them. Endings and
//! beginnings alone are names and measures: "mp3", "4k", "user123", "1st", "covid19".

/// Letters a word must have beside its signs.
const FEWEST_LETTERS: u32 = 3;
/// Letters that must follow a sign that only begins a word.
const FEWEST_AFTER_FIRST: u32 = 4;
/// Signs in a row that still read as letters; more are a number ("rtx3080ti").
const LONGEST_RUN: u32 = 2;

/// The alphabet a word's signs are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    Latin,
    Cyrillic,
}

impl Alphabet {
    /// The letter a sign stands for.
    pub const fn letter(self, sign: char) -> Option<char> {
        Some(match (self, sign) {
            (Self::Latin, '0') => 'o',
            (Self::Latin, '1') => 'i',
            (Self::Latin, '3') => 'e',
            (Self::Latin, '4' | '@') => 'a',
            (Self::Latin, '5' | '$') => 's',
            (Self::Latin, '7') => 't',
            (Self::Latin, '8') => 'b',
            (Self::Latin, '9') => 'g',
            (Self::Cyrillic, '0') => 'о',
            (Self::Cyrillic, '3') => 'з',
            (Self::Cyrillic, '4') => 'ч',
            (Self::Cyrillic, '6') => 'б',
            (Self::Cyrillic, '7') => 'т',
            (Self::Cyrillic, '8') => 'в',
            (Self::Cyrillic, '9') => 'я',
            (Self::Cyrillic, '@') => 'а',
            _ => return None,
        })
    }
}

/// Whether a character may stand for a letter.
pub const fn is_sign(character: char) -> bool {
    matches!(character, '0'..='9' | '@' | '$')
}

/// What a mention is glued to, as in `tg@some_name`.
const LABELS: &[&str] = &["tg", "telegram", "dm", "pm", "id", "bot", "admin", "channel", "contact"];

/// The alphabet in which the signs of a lower-case word read as letters; none where they mean themselves.
pub fn alphabet(word: &str) -> Option<Alphabet> {
    let (mut latin, mut cyrillic, mut signs) = (0, 0, 0);
    let (mut run, mut inner, mut first) = (0, 0, 0);
    for character in word.chars() {
        match character {
            'a'..='z' => latin += 1,
            'а'..='я' | 'і' | 'ї' | 'є' | 'ґ' | 'ў' => cyrillic += 1,
            _ if is_sign(character) => {
                signs += 1;
                run += 1;
                if run > LONGEST_RUN {
                    return None;
                }
                continue;
            }
            _ => return None,
        }
        if run > 0 && latin + cyrillic == 1 {
            first = run;
        } else if run > 0 {
            inner += 1;
        }
        run = 0;
    }
    let (alphabet, letters) = match (latin, cyrillic) {
        (letters, 0) => (Alphabet::Latin, letters),
        (0, letters) => (Alphabet::Cyrillic, letters),
        _ => return None,
    };
    // Russian words begin with the sign more often than not: "3аработок".
    let begins =
        alphabet == Alphabet::Cyrillic && first == 1 && letters >= FEWEST_AFTER_FIRST && !word.starts_with('@');
    if word.split_once('@').is_some_and(|(label, _)| LABELS.contains(&label)) {
        return None;
    }
    let is_word = letters >= FEWEST_LETTERS && letters >= signs && (inner > 0 || first > 0 && run > 0 || begins);
    let all_read = || word.chars().filter(|sign| is_sign(*sign)).all(|sign| alphabet.letter(sign).is_some());
    (is_word && all_read()).then_some(alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_between_letters_read_as_letters() {
        for word in ["c4sino", "m0ney", "cr1pt0", "c4s1n0", "ca$ino", "c@sino", "5ecur3", "fr33dom"] {
            assert_eq!(alphabet(word), Some(Alphabet::Latin), "{word}");
        }
        for word in ["3аработок", "р@бота", "раб0та", "0нлайн", "до6рый"] {
            assert_eq!(alphabet(word), Some(Alphabet::Cyrillic), "{word}");
        }
    }

    #[test]
    fn names_measures_dates_and_prices_keep_their_digits() {
        for word in [
            "mp3",
            "4k",
            "user123",
            "1st",
            "2nd",
            "b2b",
            "p2p",
            "h2o",
            "k8s",
            "i18n",
            "covid19",
            "rtx3080ti",
            "sha256sum",
            "10минут",
            "80$",
            "100к",
            "5g",
            "x64",
            "base64",
            "2026",
            "casino",
            "работа",
            "3д",
            "1с",
            "18",
        ] {
            assert_eq!(alphabet(word), None, "{word}");
        }
    }
}
