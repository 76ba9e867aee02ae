use crate::event::Role;
use crate::impersonation::{bare_name, is_alike_username, is_same_name, is_same_picture};
use crate::parts::Parts;
use crate::place::{Place, Span};
use crate::policy::Admin;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "admin_lookalike",
    kind: Kind::Evidence,
    group: Group::Impersonation,
    weight: 2000,
    members_do_too: false,
    title: "Looks like an admin",
    sentence: "Name, username or photo of the sender are those of an admin.",
    phrases: &[OFFICE],
    patterns: &[],
    detect,
};

/// Who speaks in an admin's place.
const OFFICE: &[&str] = &[
    "i am the admin",
    "i am an admin",
    "i'm the admin",
    "admin of this group",
    "support team",
    "technical support",
    "customer support",
    "verify your account",
    "verify your wallet",
    "verification code",
    "я админ",
    "я администратор",
    "администрация",
    "техподдержка",
    "служба поддержки",
    "подтвердите аккаунт",
    "код подтверждения",
    "пройдите верификацию",
    "soy el administrador",
    "soporte tecnico",
    "verifica tu cuenta",
    "ben admin",
    "hesabınızı doğrulayın",
    "saya admin",
    "verifikasi akun",
    "我是管理员",
    "官方客服",
];

/// A namesake may be one: 900 milli-logits, a nudge.
const NAMESAKE: u16 = 450;
/// One likeness, and words of office or a call to write privately.
const IN_OFFICE: u16 = 750;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let Some((likenesses, span)) = strongest_likeness(subject) else { return };
    let mut words = subject.phrases(Role::Own).map(|hit| subject.phrase_span(hit)).peekable();
    if likenesses > 1 {
        hits.add(span);
    } else if words.peek().is_some() || subject.reading.parts().has(Parts::CALL) {
        hits.strength(IN_OFFICE);
        hits.span(span);
    } else {
        hits.nudge(NAMESAKE, span);
    }
    words.for_each(|word| hits.span(word));
    hits.count(likenesses, "likenesses to an admin");
}

/// Of name, username and photo the most that are those of one admin, and where the name stands.
fn strongest_likeness(subject: &Subject<'_>) -> Option<(u32, Span)> {
    let admins = &subject.settings.admins;
    let sender = subject.event.sender.id;
    // An admin in their own name, or in that of the group, is no look-alike.
    if admins.is_empty() || admins.iter().any(|admin| admin.id == sender) {
        return None;
    }
    let name = subject.views(Role::Name).find(|view| view.field.place == Place::SenderName);
    let bare = name.map(|view| bare_name(view.folded.text())).unwrap_or_default();
    let username = subject.event.sender_username.as_deref().unwrap_or_default();
    let photo = subject.event.facts.as_ref().and_then(|facts| facts.photo_hash());
    let likenesses = |admin: &Admin| {
        let is_same_photo = admin.photo_hash.zip(photo).is_some_and(|(known, photo)| is_same_picture(known.0, photo));
        u32::from(is_same_name(&bare, &admin.folded_name))
            + u32::from(is_alike_username(username, &admin.username))
            + u32::from(is_same_photo)
    };
    let most = admins.iter().map(likenesses).max().filter(|likenesses| *likenesses > 0)?;
    let units = name.map_or(0, |view| view.field.text.encode_utf16().count());
    Some((most, Span { place: Place::SenderName, offset: 0, length: u32::try_from(units).unwrap_or(u32::MAX) }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::ChatSettings;
    use crate::testing::{hits_under, message};

    fn strength(sender: &Value, words: &str, facts: &Value) -> u16 {
        let settings = json!({"admins": [
            {"id": 1, "name": "Rosa Admin", "username": "rosa_admin", "photo_hash": "00000000000000ff"},
            {"id": 2, "name": "Boris"},
        ]});
        let settings = ChatSettings::read(settings.to_string().as_bytes()).unwrap();
        hits_under(&DEFINITION, &message(json!({"text": words, "from": sender})), &settings, facts).strength
    }

    fn named(first_name: &str) -> Value {
        json!({"id": 42, "first_name": first_name})
    }

    #[test]
    fn two_likenesses_hit() {
        let twin = json!({"id": 42, "first_name": "Rosa", "last_name": "Admin", "username": "rosa_adm1n"});
        assert_eq!(strength(&twin, "hello", &json!({})), 1000);
        let photo = json!({"profile": {"photo_hash": "00000000000000fe"}});
        assert_eq!(strength(&named("Rоsa Admin"), "hello", &photo), 1000);
    }

    #[test]
    fn one_likeness_hits_with_words_of_office_and_is_else_a_nudge() {
        assert_eq!(strength(&named("Rosa Admin"), "Please verify your account with me", &json!({})), IN_OFFICE);
        assert_eq!(strength(&named("ROSA  ADMIN"), "write me", &json!({})), IN_OFFICE);
        assert_eq!(strength(&named("Rosa Admin"), "Hello from Kent", &json!({})), NAMESAKE);
    }

    #[test]
    fn first_names_and_the_admins_themselves_are_left_alone() {
        for name in ["Rosa", "Boris", "Rosa Green", "Admin"] {
            assert_eq!(strength(&named(name), "verify your account", &json!({})), 0, "{name}");
        }
        assert_eq!(strength(&json!({"id": 1, "first_name": "Rosa Admin"}), "verify your account", &json!({})), 0);
    }
}
