//! From bytes to shades of grey, within limits.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::Unusable;

/// The largest file that is looked at.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;

/// The most pixels that are decoded.
pub const MOST_PIXELS: u64 = 20_000_000;

/// A decoder's own buffers beside the picture: an animation's canvas, a row of filters.
const MOST_MEMORY: u64 = MOST_PIXELS * 8 + 64 * 1024 * 1024;

const WHITE: u32 = 255;

/// The picture in shades of grey, on white where it is transparent.
pub fn open(bytes: &[u8]) -> Result<GrayImage, Unusable> {
    if bytes.len() > MOST_BYTES {
        return Err(Unusable::TooLarge);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Unusable::Damaged)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)) {
        return Err(Unusable::UnknownFormat);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| Unusable::Damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Unusable::Damaged);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Unusable::TooLarge);
    }
    DynamicImage::from_decoder(decoder).map(on_white).map_err(|_| Unusable::Damaged)
}

/// A code drawn on nothing is read on white paper.
fn on_white(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let grey = picture.into_luma_alpha8();
    GrayImage::from_fn(grey.width(), grey.height(), |x, y| {
        let [shade, alpha] = grey.get_pixel(x, y).0.map(u32::from);
        let mixed = (shade * alpha + WHITE * (WHITE - alpha)) / WHITE;
        image::Luma([u8::try_from(mixed).unwrap_or(u8::MAX)])
    })
}
