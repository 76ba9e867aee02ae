use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "album_of_spam",
    kind: Kind::Evidence,
    group: Group::Carrier,
    weight: 5000,
    members_do_too: true,
    title: "Part of a deleted album",
    sentence: "Another message of the same album was to be deleted.",
    phrases: &[],
    patterns: &[],
    detect,
};

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    if subject.context.album_deleted {
        hits.strength(FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits, hits_given, text};

    #[test]
    fn it_takes_a_deleted_part() {
        let context = Context { album_deleted: true, ..Context::default() };
        assert_eq!(hits_given(&DEFINITION, &text("hi"), context).strength, 1000);
        assert_eq!(hits(&DEFINITION, &text("hi")).strength, 0);
    }
}
