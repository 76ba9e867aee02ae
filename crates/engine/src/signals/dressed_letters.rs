use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "dressed_letters",
    kind: Kind::Evidence,
    group: Group::Obfuscation,
    weight: 900,
    members_do_too: true,
    title: "Dressed letters",
    sentence: "Much of the text is written in mathematical, enclosed or other fancy letters.",
    phrases: &[],
    patterns: &[],
    detect,
};

const FEWEST: u32 = 10;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for view in subject.own() {
        let disguise = &view.folded.disguise;
        if disguise.dressed >= FEWEST && disguise.dressed.saturating_mul(4) >= disguise.letters {
            hits.strength(FULL);
            hits.count(disguise.dressed, "letters");
            if let Some(range) = disguise.dressed_range {
                hits.span(view.original(range));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};
    use crate::testing::{hits, message};
    use serde_json::json;

    #[test]
    fn dressed_text_hits() {
        assert_hits(&DEFINITION, &["𝗘𝗮𝗿𝗻 𝗺𝗼𝗻𝗲𝘆 𝗼𝗻𝗹𝗶𝗻𝗲", "ᴇᴀʀɴ ᴍᴏɴᴇʏ ᴏɴʟɪɴᴇ", "Ｗｏｒｋ ｏｎｌｉｎｅ"]);
    }

    #[test]
    fn one_fancy_word_and_a_fancy_name_are_left_alone() {
        assert_traps(&DEFINITION, &["𝓗𝓮𝓵𝓵𝓸 from my garden, it rained here", "№ 5 and 20 ℃™"]);
        let named = message(json!({"text": "hello", "from": {"id": 42, "first_name": "𝓡𝓸𝓫𝓲𝓷 𝓱𝓸𝓸𝓭 𝓽𝓱𝓮 𝓰𝓻𝓮𝓪𝓽"}}));
        assert_eq!(hits(&DEFINITION, &named).strength, 0);
    }
}
