use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "repeated_text",
    kind: Kind::Evidence,
    group: Group::Burst,
    weight: 1000,
    members_do_too: true,
    title: "Same text by several",
    sentence: "Other senders wrote the same long text here shortly before.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let senders = subject.context.same_text_senders;
    hits.strength(match senders {
        0 => 0,
        1 => 500,
        _ => FULL,
    });
    hits.count(senders, "other senders");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    #[test]
    fn it_grows_with_the_number_of_senders() {
        let strength = |same_text_senders| {
            hits_given(&DEFINITION, &text("hi"), Context { same_text_senders, ..Context::default() }).strength
        };
        assert_eq!([strength(0), strength(1), strength(2)], [0, 500, 1000]);
    }
}
