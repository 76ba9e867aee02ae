use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "first_comment",
    kind: Kind::Context,
    group: Group::Carrier,
    weight: 600,
    members_do_too: true,
    title: "First comment",
    sentence: "Somebody new comments within seconds on a channel's post.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Seconds in which programs comment, and few people.
const SECONDS: i64 = 30;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let age = subject.event.post_age.filter(|age| (0..=SECONDS).contains(age));
    if let Some(age) = age.filter(|_| subject.context.is_newcomer()) {
        hits.strength(FULL);
        hits.count(age, "seconds after the post");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::testing::{hits, hits_given, message};

    #[test]
    fn it_takes_a_new_sender_and_a_new_post() {
        let comment = |age: i64, is_post: bool| {
            let post = json!({"message_id": 3, "is_automatic_forward": is_post, "date": 1_780_000_000 - age});
            message(json!({"text": "First!", "reply_to_message": post}))
        };
        let strength = |age, is_post| hits(&DEFINITION, &comment(age, is_post)).strength;
        assert_eq!([strength(0, true), strength(30, true)], [1000, 1000]);
        assert_eq!([strength(31, true), strength(-1, true), strength(0, false)], [0, 0, 0]);
        let known = Context { messages_here: 10, ..Context::default() };
        assert_eq!(hits_given(&DEFINITION, &comment(0, true), known).strength, 0);
    }
}
