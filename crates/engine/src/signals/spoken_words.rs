use crate::event::Media;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "spoken_words",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 500,
    members_do_too: true,
    title: "Voice of a newcomer",
    sentence: "One of the sender's first messages is spoken, where no words can be read.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Messages here from which a voice is a familiar one.
const FAMILIAR: u32 = 3;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let is_spoken = matches!(subject.event.media, Some(Media::Voice | Media::VideoNote));
    if is_spoken && subject.context.messages_here < FAMILIAR {
        hits.strength(FULL);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits, hits_given, message, text};

    #[test]
    fn it_takes_a_voice_nobody_knows() {
        let voice = message(json!({"voice": {"file_id": "x", "duration": 3}}));
        let video_note = message(json!({"video_note": {"file_id": "x", "length": 240}}));
        assert_eq!([hits(&DEFINITION, &voice).strength, hits(&DEFINITION, &video_note).strength], [1000, 1000]);
        let familiar = Context { messages_here: 3, ..Context::default() };
        assert_eq!(hits_given(&DEFINITION, &voice, familiar).strength, 0);
        assert_eq!(hits(&DEFINITION, &text("a voice")).strength, 0);
    }
}
