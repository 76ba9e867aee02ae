use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "days_here",
    kind: Kind::Trust,
    group: Group::Trust,
    weight: -500,
    members_do_too: true,
    title: "Here for days",
    sentence: "The sender has been writing in this group for days.",
    phrases: &[],
    patterns: &[],
    detect,
};

/// Days from which the trust is full.
const ENOUGH: u32 = 30;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let days = subject.context.days_here;
    let strength = days.min(ENOUGH) * u32::from(FULL) / ENOUGH;
    hits.strength(u16::try_from(strength).unwrap_or(FULL));
    hits.count(days, "days here");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::testing::{hits_given, text};

    #[test]
    fn it_grows_with_days_up_to_a_limit() {
        let strength =
            |days_here| hits_given(&DEFINITION, &text("hello"), Context { days_here, ..Context::default() }).strength;
        assert_eq!([strength(0), strength(15), strength(30), strength(300)], [0, 500, 1000, 1000]);
    }
}
