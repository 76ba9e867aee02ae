use crate::signal::{Definition, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "wallet_address",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 900,
    members_do_too: true,
    title: "Wallet address",
    sentence: "The message holds the address of a crypto wallet.",
    phrases: &[],
    patterns: &[ADDRESS],
    detect,
};

/// Digits that any address holds.
const FEWEST_DIGITS: u32 = 4;
/// Ethereum, Tron, Bitcoin, TON, in folded (lower-case) text.
const ADDRESS: &str =
    r"(?-u:\b)(?:0x[0-9a-f]{40}|t[1-9a-z]{33}|(?:bc1)[0-9a-z]{38,59}|[13][1-9a-z]{32,33}|[eu]q[0-9a-z_-]{46})(?-u:\b)";

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    for view in subject.own().filter(|view| view.folded.digits() >= FEWEST_DIGITS) {
        for wallet in subject.matches(0, &view) {
            let is_mixed = view.folded.text().get(wallet.clone()).is_some_and(mixes_digits_and_letters);
            if is_mixed {
                hits.add(view.span(wallet));
            }
        }
    }
}

fn mixes_digits_and_letters(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 4 && word.len() - digits >= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn addresses_hit() {
        assert_hits(
            &DEFINITION,
            &[
                "send to 0x52908400098527886E0F7030069857D2E4169EE7",
                "USDT TRC20: TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
                "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            ],
        );
    }

    #[test]
    fn hashes_and_long_words_are_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "commit 52908400098527886e0f7030069857d2e4169ee7",
                "0x5290840009 is an address in memory",
                "thequickbrownfoxjumpsoverthelazydog",
            ],
        );
    }
}
