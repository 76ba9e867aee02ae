//! QR codes in a picture, dark on light or light on dark.

use image::GrayImage;
use image::imageops::{FilterType, invert, resize};
use rqrr::PreparedImage;

/// Pictures are shrunk to this side: a code that people's phones can read is still large then, and the cost is bounded.
const LONGEST_SIDE: u32 = 1600;
/// More codes than that are a pattern, no invitation.
const MOST_CODES: usize = 8;
/// Telegram's own links are far shorter.
const LONGEST: usize = 2048;

/// What the codes hold, where it may be an address.
pub fn links(picture: GrayImage) -> Vec<String> {
    let mut picture = shrunk(picture);
    let found = read(&picture);
    if !found.is_empty() {
        return found;
    }
    invert(&mut picture);
    read(&picture)
}

fn shrunk(picture: GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return picture;
    }
    let scaled = |side: u32| u32::try_from(u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longest)).unwrap_or(1);
    resize(&picture, scaled(width).max(1), scaled(height).max(1), FilterType::Triangle)
}

fn read(picture: &GrayImage) -> Vec<String> {
    let (width, height) = picture.dimensions();
    let [width, height] = [width, height].map(|side| usize::try_from(side).unwrap_or(0));
    let shades = picture.as_raw();
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| shades.get(y * width + x).copied().unwrap_or(0));
    let mut found: Vec<String> = Vec::new();
    for grid in prepared.detect_grids().into_iter().take(MOST_CODES) {
        let Ok((_, content)) = grid.decode() else { continue };
        let content = content.trim();
        let is_address = !content.is_empty() && content.len() <= LONGEST && !content.contains(char::is_whitespace);
        if is_address && !found.iter().any(|known| known == content) {
            found.push(content.to_owned());
        }
    }
    found
}
