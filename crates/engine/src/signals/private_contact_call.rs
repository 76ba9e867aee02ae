use crate::event::Role;
use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "private_contact_call",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 800,
    members_do_too: true,
    title: "Call to private chat",
    sentence: "The message asks readers to write to somebody privately.",
    phrases: &[&[
        // English
        "write me",
        "write to me",
        "message me",
        "text me",
        "dm me",
        "dm for",
        "dm us",
        "send me a dm",
        "pm me",
        "inbox me",
        "hit me up",
        "in pm",
        "contact me",
        "contact us on",
        "whatsapp me",
        "direct message me",
        "reach me on",
        "via telegram",
        "on telegram:",
        // Russian, Ukrainian
        "пиши в лс",
        "пишите в лс",
        "в личку",
        "в личные сообщения",
        "в лс",
        "+ в лс",
        "+ в личку",
        "пиши мне",
        "пишите мне",
        "жду в лс",
        "за подробностями в",
        "подробности в лс",
        "пишите в личные",
        "пиши +",
        "пишите +",
        "ставь +",
        "ставьте +",
        "отправь +",
        "отправьте +",
        "пиши плюс",
        "пишите плюс",
        "напишите мне",
        "напиши мне",
        "пишіть в особисті",
        "пиши в пп",
        "пишіть в пп",
        // Spanish, Portuguese
        "escribeme",
        "escribanme",
        "escríbeme al privado",
        "al privado",
        "por privado",
        "por interno",
        "al interno",
        "mandame mensaje",
        "me chama no",
        "chama no privado",
        "chama no pv",
        "me chame no",
        // Turkish, Azeri
        "özelden yaz*",
        "özele gel*",
        "dm at*",
        "dm'den",
        "bana yaz*",
        "özel mesaj*",
        "şəxsiyə yaz*",
        "mənə yaz*",
        "dmden yaz*",
        // Indonesian, Malay
        "hubungi",
        "chat saya",
        "japri",
        "pm saya",
        "dm saya",
        "wa saya",
        "minat pm",
        "langsung dm",
        "langsung pm",
        // German, French, Italian, Arabic, Persian
        "schreib mir",
        "schreibt mir",
        "contactez-moi",
        "ecrivez-moi",
        "en mp",
        "scrivetemi",
        "in privato",
        "راسلني",
        "تواصل معي",
        "خاص",
        "پیوی",
        "پی وی",
        // Chinese, Vietnamese
        "私聊",
        "私信",
        "联系我",
        "加我",
        "飞机联系",
        "滴滴我",
        "+v",
        "加微信",
        "nhắn tin riêng",
        "inbox mình",
        "liên hệ",
    ]],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for phrase in subject.phrases(Role::Own) {
        hits.add(subject.phrase_span(phrase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn calls_hit_in_many_languages() {
        assert_hits(
            &DEFINITION,
            &[
                "Interested? DM me",
                "Кому интересно, пишите в ЛС",
                "Escríbeme al privado",
                "özelden yazın",
                "Yang minat langsung DM",
                "有意私聊",
            ],
        );
    }

    #[test]
    fn ordinary_talk_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &["I wrote a letter", "он пишет книгу", "dmesg output", "the pm is on holiday", "我写信"],
        );
    }
}
