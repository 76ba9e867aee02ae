//! The encoder over drawn weights: what holds whatever they are. How near its vectors are to the package's own is
//! `tests/integration/test_encoder.py`.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use chatwarden_encoder::testing::small;
use chatwarden_encoder::{DIMENSIONS, Encoder, EncoderError, Kernel, Workspace, compile};
use proptest::prelude::*;

const PIECES: &[(&str, f32)] = &[
    ("<unk>", 0.0),
    ("<s>", 0.0),
    ("</s>", 0.0),
    ("▁", -3.0),
    ("a", -2.5),
    ("b", -4.0),
    ("ab", -5.5),
    ("▁ab", -4.5),
    ("ж", -5.0),
    ("жж", -9.0),
    ("abж", -12.0),
];
const UNKNOWN: f32 = -12.0 - 10.0;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("chatwarden-encoder-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn open(&self, bytes: &[u8]) -> Result<Encoder, EncoderError> {
        let file = self.0.join("encoder");
        fs::remove_file(&file).ok();
        fs::write(&file, bytes).unwrap();
        Encoder::open(&file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn encode(encoder: &Encoder, texts: &[&str]) -> Vec<Vec<u32>> {
    let mut vectors = Vec::new();
    encoder.encode(texts, &mut Workspace::default(), &mut vectors);
    vectors.chunks(DIMENSIONS).map(|vector| vector.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn every_kernel_gives_the_same_bits() {
    let folder = Folder::new("kernels");
    let file = small(PIECES, 5);
    let long = "ab ж a b ".repeat(40);
    let texts = ["ab", "", "ж ж ж", "a b ab жж abж ab a", &long, "a", "b b", "?"];
    let portable = encode(&folder.open(&file).unwrap().with_kernel(Kernel::Portable), &texts);
    for kernel in [Kernel::Avx2, Kernel::AvxVnni, Kernel::Avx512Vnni] {
        let encoder = folder.open(&file).unwrap().with_kernel(kernel);
        if encoder.kernel() != kernel {
            println!("{kernel:?} is not there");
            continue;
        }
        assert_eq!(encode(&encoder, &texts), portable, "{kernel:?}");
    }
}

#[test]
fn a_texts_vector_does_not_depend_on_the_others_in_its_batch() {
    let folder = Folder::new("batches");
    let encoder = folder.open(&small(PIECES, 6)).unwrap();
    let long = "ab ж a b ".repeat(40);
    let texts = ["ab ab", "ж", &long, "b a", "", &long, "a a a"];
    let together = encode(&encoder, &texts);
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(&encode(&encoder, &[text])[0], vector);
    }
    assert_ne!(together[0], together[1]);
    assert!(encode(&encoder, &[]).is_empty());
}

#[test]
fn vectors_have_length_one() {
    let folder = Folder::new("length");
    let encoder = folder.open(&small(PIECES, 7)).unwrap();
    for vector in encode(&encoder, &["ab ж", "", "a b a b a b"]) {
        let length: f32 = vector.iter().map(|bits| f32::from_bits(*bits).powi(2)).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
}

#[test]
fn a_file_that_was_changed_or_cut_is_refused() {
    let folder = Folder::new("damaged");
    let file = small(PIECES, 8);
    assert!(matches!(folder.open(b"nothing"), Err(EncoderError::Layout)));
    assert!(matches!(folder.open(&file[..file.len() - 1]), Err(EncoderError::Layout | EncoderError::Checksum)));
    let mut changed = file.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert!(matches!(folder.open(&changed), Err(EncoderError::Checksum)));
    assert!(matches!(Encoder::open(&folder.0.join("missing")), Err(EncoderError::Unreadable(_))));
}

#[test]
fn files_of_a_package_that_are_none_are_refused_with_what_is_wrong() {
    assert!(matches!(compile(b"none", b""), Err(EncoderError::Weights("no ZIP archive"))));
}

/// Over the same drawn weights for every case.
fn shared() -> &'static Encoder {
    static SHARED: LazyLock<Encoder> = LazyLock::new(|| Folder::new("shared").open(&small(PIECES, 9)).unwrap());
    &SHARED
}

/// The best sum of scores over all ways to cut, tried one by one.
fn best(text: &str) -> f64 {
    let Some(first) = text.chars().next() else { return 0.0 };
    let known = PIECES.iter().filter(|(piece, _)| text.starts_with(piece));
    let ways = known.map(|(piece, score)| f64::from(*score) + best(&text[piece.len()..]));
    let is_known = PIECES.iter().any(|(piece, _)| text.starts_with(piece) && piece.chars().count() == 1);
    let alone = (!is_known).then(|| f64::from(UNKNOWN) + best(&text[first.len_utf8()..]));
    ways.chain(alone).fold(f64::NEG_INFINITY, f64::max)
}

proptest! {
    #[test]
    fn of_all_ways_to_cut_a_text_the_best_is_taken(text in "[abж?]{1,9}") {
        let encoder = shared();
        let tokens = encoder.tokens(&text);
        let score = |token: &u32| f64::from(if *token == 0 { UNKNOWN } else { PIECES[*token as usize].1 });
        let found: f64 = tokens[1..tokens.len() - 1].iter().map(score).sum();
        prop_assert!((found - best(&format!("▁{text}"))).abs() < 1e-6, "{:?}", tokens);
        let written: String = tokens.iter().map(|token| PIECES[*token as usize].0).collect();
        let expected = text.replace('?', "<unk>");
        prop_assert_eq!(written, format!("<s>▁{expected}</s>"));
    }

    #[test]
    fn spaces_around_and_twice_change_nothing(words in prop::collection::vec("[abжÅ]{1,4}", 1..5), spaces in "[ \t]{1,3}") {
        let encoder = shared();
        let plain = words.join(" ");
        let spaced = format!("{spaces}{}{spaces}", words.join(&spaces));
        prop_assert_eq!(encoder.tokens(&plain), encoder.tokens(&spaced));
        prop_assert_eq!(encoder.tokens(&plain), encoder.tokens(&plain.replace('Å', "a")));
    }

    #[test]
    fn any_text_is_cut_and_encoded(text in any::<String>()) {
        let encoder = shared();
        let tokens = encoder.tokens(&text);
        prop_assert!(tokens.len() >= 3 && tokens[0] == 1 && tokens[tokens.len() - 1] == 2);
        prop_assert!(tokens.len() <= 3 + text.chars().count() * 2);
        let vector = &encode(encoder, &[&text])[0];
        prop_assert!(vector.iter().all(|bits| f32::from_bits(*bits).is_finite()));
    }
}
