use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "phone_number",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 600,
    members_do_too: true,
    title: "Phone number",
    sentence: "The message holds a phone number.",
    phrases: &[],
    patterns: &[NUMBER],
    detect,
};

const FEWEST_DIGITS: u32 = 9;
/// E.164 allows no more.
const MOST_DIGITS: u32 = 15;
/// A plus, or digits in groups: a bare run of digits is an id more often than a number to call.
const NUMBER: &str = r"\+[0-9][0-9\s()-]{7,20}[0-9](?-u:\b)|(?-u:\b)[0-9]{1,4}[\s-]?\([0-9]{2,5}\)[\s-]?[0-9][0-9\s-]{4,12}[0-9](?-u:\b)|(?-u:\b)[0-9]{3}[\s-][0-9]{3}[\s-][0-9]{2}[\s-]?[0-9]{2}(?-u:\b)";

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for view in subject.own().filter(|view| view.folded.digits() >= FEWEST_DIGITS) {
        for number in subject.matches(0, &view) {
            if hits.is_full() {
                return;
            }
            let digits = view.folded.text().get(number.clone()).map_or(0, count_digits);
            if (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits) {
                hits.add(view.span(number));
            }
        }
    }
}

fn count_digits(text: &str) -> u32 {
    text.bytes().map(|byte| u32::from(byte.is_ascii_digit())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn numbers_hit() {
        assert_hits(&DEFINITION, &["call +7 912 345-67-89", "WhatsApp +1 (415) 555 0132", "8 (912) 345-67-89"]);
    }

    #[test]
    fn dates_ids_and_sums_are_left_alone() {
        assert_traps(
            &DEFINITION,
            &["2026-11-23 10:15:00", "ticket 1234567890123", "1 000 000 000 rubles", "192.168.100.200", "+5 degrees"],
        );
    }
}
