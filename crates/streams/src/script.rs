//! The scripts that Redis runs.

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        /// Every script by its name, the prelude not yet before it.
        pub const SCRIPTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../lua/", $name, ".lua")))),*];
    };
}

scripts![
    "actions", "add", "begin", "cancel", "deleted", "due", "end", "finish", "hold", "in_force", "memory", "offset",
    "postpone", "recorded", "retry", "set_chat", "take", "waiting",
];

const PRELUDE: &str = include_str!("../lua/queue.lua");

/// A script ready to run; none of that name where there is none.
#[must_use]
pub fn script(name: &str) -> Option<String> {
    let (_, body) = SCRIPTS.iter().find(|(known, _)| *known == name)?;
    Some(format!("{PRELUDE}\n{body}"))
}
