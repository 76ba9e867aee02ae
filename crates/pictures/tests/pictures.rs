//! Pictures made here: codes are read, alike is alike, and no file can do harm.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::Cursor;

use chatwarden_pictures::{MOST_BYTES, Unusable, look};
use image::imageops::{FilterType, invert, resize};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use proptest::prelude::*;
use qrcode::QrCode;

const INVITE: &str = "https://t.me/+AbCdEfGh12345678";

fn code(content: &str) -> GrayImage {
    QrCode::new(content).unwrap().render::<Luma<u8>>().min_dimensions(300, 300).build()
}

/// Overlapping boxes of every size: large shapes and edges, as photographs have them.
fn scenery(seed: u32) -> GrayImage {
    let mut state = u64::from(seed) * 7919 + 1;
    let mut below = |limit: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(limit)).unwrap()
    };
    let mut picture = GrayImage::from_pixel(320, 240, Luma([u8::try_from(below(256)).unwrap()]));
    for _ in 0..30 {
        let (left, top, width, height) = (below(300), below(220), 20 + below(120), 20 + below(90));
        let shade = Luma([u8::try_from(below(240)).unwrap()]);
        for (x, y) in (left..(left + width).min(320)).flat_map(|x| (top..(top + height).min(240)).map(move |y| (x, y)))
        {
            picture.put_pixel(x, y, shade);
        }
    }
    picture
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = picture.into();
    match format {
        ImageFormat::Gif | ImageFormat::WebP => picture.into_rgba8().write_to(&mut bytes, format),
        _ => picture.write_to(&mut bytes, format),
    }
    .unwrap();
    bytes.into_inner()
}

fn png(picture: GrayImage) -> Vec<u8> {
    file(picture, ImageFormat::Png)
}

fn distance(left: &[u8], right: &[u8]) -> u32 {
    (look(left).unwrap().hash ^ look(right).unwrap().hash).count_ones()
}

#[test]
fn a_code_is_read_in_every_format() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        assert_eq!(look(&file(code(INVITE), format)).unwrap().links, [INVITE], "{format:?}");
    }
}

#[test]
fn a_code_is_read_light_on_dark_and_within_a_larger_picture() {
    let mut inverted = code(INVITE);
    invert(&mut inverted);
    assert_eq!(look(&png(inverted)).unwrap().links, [INVITE]);

    let mut poster = resize(&scenery(3), 2400, 1800, FilterType::Triangle);
    image::imageops::overlay(&mut poster, &code(INVITE), 1700, 1200);
    assert_eq!(look(&file(poster, ImageFormat::Jpeg)).unwrap().links, [INVITE]);
}

#[test]
fn a_code_on_nothing_is_read_on_white() {
    let dark = code(INVITE);
    let clear = RgbaImage::from_fn(dark.width(), dark.height(), |x, y| {
        Rgba([0, 0, 0, if dark.get_pixel(x, y).0[0] == 0 { 255 } else { 0 }])
    });
    assert_eq!(look(&file(clear, ImageFormat::Png)).unwrap().links, [INVITE]);
}

#[test]
fn a_code_without_an_address_leads_nowhere() {
    assert_eq!(look(&png(code("see you at the workshop"))).unwrap().links, Vec::<String>::new());
    assert_eq!(look(&png(scenery(1))).unwrap().links, Vec::<String>::new());
}

#[test]
fn the_same_picture_scaled_brightened_and_compressed_anew_is_alike() {
    for seed in 0..8 {
        let picture = scenery(seed);
        let original = png(picture.clone());
        let smaller = file(resize(&picture, 200, 150, FilterType::Lanczos3), ImageFormat::Jpeg);
        let brighter = png(image::imageops::brighten(&picture, 12));
        assert!(distance(&original, &smaller) <= 6, "scaled: {}", distance(&original, &smaller));
        assert!(distance(&original, &brighter) <= 6, "brightened: {}", distance(&original, &brighter));
    }
}

#[test]
fn different_pictures_are_unlike() {
    for seed in 1..8 {
        assert!(distance(&png(scenery(0)), &png(scenery(seed))) > 12, "seed {seed}");
    }
}

#[test]
fn a_picture_of_one_colour_has_a_hash_of_its_own_and_a_pixel_is_enough() {
    let grey = |shade| png(GrayImage::from_pixel(40, 30, Luma([shade])));
    assert_eq!(look(&grey(20)), look(&grey(230)));
    look(&png(GrayImage::from_pixel(1, 1, Luma([7])))).unwrap();
}

#[test]
fn what_is_too_large_is_refused_before_it_is_decoded() {
    assert_eq!(look(&vec![0; MOST_BYTES + 1]), Err(Unusable::TooLarge));
    // 80 million pixels in a few kilobytes.
    let bomb = png(GrayImage::new(10_000, 8_000));
    assert!(bomb.len() < 1_000_000);
    assert_eq!(look(&bomb), Err(Unusable::TooLarge));
}

#[test]
fn other_formats_are_refused() {
    for bytes in [&b""[..], b"GIF", b"%PDF-1.7", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", b"BM\0\0\0\0"] {
        assert!(look(bytes).is_err());
    }
    assert_eq!(look(b"%PDF-1.7 and more of it"), Err(Unusable::UnknownFormat));
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let formats = vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
    let whole = (proptest::sample::select(formats), 0..5_u32)
        .prop_map(|(format, seed)| file(resize(&scenery(seed), 48, 40, FilterType::Triangle), format));
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    (whole, changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(mut bytes, changes, end, is_cut)| {
        for (place, value) in changes {
            let index = place.index(bytes.len());
            bytes[index] = value;
        }
        if is_cut {
            bytes.truncate(end.index(bytes.len()));
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_file_is_looked_at_or_refused_and_always_the_same(bytes in damaged()) {
        prop_assert_eq!(look(&bytes), look(&bytes));
    }

    #[test]
    fn any_bytes_at_all_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(look(&bytes).is_err());
    }

    #[test]
    fn whatever_address_is_in_a_code_is_found(path in "[a-zA-Z0-9_-]{1,40}") {
        let link = format!("https://t.me/{path}");
        prop_assert_eq!(look(&png(code(&link))).unwrap().links, vec![link]);
    }
}
