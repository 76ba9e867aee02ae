//! What readers take for a letter and Unicode's data do not say: our own selection.

/// Letters drawn in another style that have no compatibility form. Squared and circled capitals are in `classes`.
pub const STYLED: &[(&str, &str)] = &[
    ("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ"),
    // Canadian syllabics, as generators of fancy text use them.
    ("abcdehjlmnpruvwxz", "ᗩᗷᑕᗪᗴᕼᒍᒪᗰᑎᑭᖇᑌᐯᗯ᙭ᘔ"),
    // Turned letters.
    ("aeghimrtvwy", "ɐǝƃɥᴉɯɹʇʌʍʎ"),
];

/// Letters of languages that stay letters of their own, though something else looks like them.
pub const KEPT: &str = "ðþæœəŋʻʼʽʾʿ";

/// What a letter folds to where casing and compatibility do not say it.
pub const FOLDED: &[(char, &str)] =
    &[('ß', "ss"), ('ẞ', "ss"), ('ς', "σ"), ('ł', "l"), ('ı', "i"), ('đ', "d"), ('ø', "o"), ('ħ', "h")];

/// Lower-case letters people write for each other: Latin, Cyrillic, Greek (a space where a script has none). Some look alike only as
/// capitals or in handwriting, some only to a hasty reader.
pub const LOOK_ALIKES: &[[char; 3]] = &[
    ['a', 'а', 'α'],
    ['b', 'в', 'β'],
    ['c', 'с', 'ϲ'],
    ['e', 'е', 'ε'],
    ['h', 'н', 'η'],
    ['i', 'і', 'ι'],
    ['j', 'ј', 'ϳ'],
    ['k', 'к', 'κ'],
    ['m', 'м', 'μ'],
    ['n', 'п', 'ν'],
    ['o', 'о', 'ο'],
    ['p', 'р', 'ρ'],
    ['s', 'ѕ', ' '],
    ['t', 'т', 'τ'],
    ['u', 'и', 'υ'],
    ['x', 'х', 'χ'],
    ['y', 'у', 'γ'],
    ['z', ' ', 'ζ'],
    ['d', 'ԁ', ' '],
    ['q', 'ԛ', ' '],
    ['w', 'ѡ', 'ω'],
    ['l', 'ӏ', ' '],
    ['r', 'г', ' '],
    ['v', 'ѵ', ' '],
];
