//! stand-in
pub const MAIL: char = '\u{e000}';
pub const URL: char = '\u{e001}';
pub const TELEGRAM: char = '\u{e002}';
pub const MENTION: char = '\u{e003}';
pub fn model_text(folded: &str, out: &mut String) {
    out.push_str(folded);
}
