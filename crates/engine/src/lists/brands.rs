//! Hosts that are there to be taken for a known brand's.
//!
//! Four ways: letters that look alike, two letters swapped, the brand beside a lure (`brand-login.xyz`), and the brand's own
//! domain before another (`brand.com.evil.xyz`). A brand's name under another ending is no sign: many own several.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::link::registrable;
use crate::lists::suffixes;
use crate::normalise::Normaliser;

/// Names below this many letters are common words.
const SHORTEST_NAME: usize = 5;
/// Letters from which two swapped ones are a slip that reads the same.
const SHORTEST_SWAPPED: usize = 7;
/// What scams put beside a brand's name.
const LURES: &[&str] = &[
    "airdrop",
    "airdrops",
    "bonus",
    "claim",
    "claims",
    "confirm",
    "gift",
    "gifts",
    "giveaway",
    "login",
    "nitro",
    "premium",
    "prize",
    "recovery",
    "reward",
    "rewards",
    "signin",
    "unlock",
    "verification",
    "verify",
];

/// Brands and the domains they own.
#[derive(Debug, Default)]
pub struct Brands {
    domains: HashSet<String>,
    names: HashSet<String>,
    glances: HashSet<String>,
    /// Letters of each name in their order: most names need no swapping.
    letters: HashSet<Vec<char>>,
}

impl Brands {
    /// Takes domains such as `binance.com`.
    pub fn new<'d>(domains: impl Iterator<Item = &'d str>) -> Self {
        let mut brands = Self::default();
        for domain in domains {
            let name = domain.split('.').next().unwrap_or_default();
            brands.domains.insert(domain.to_owned());
            if name.len() >= SHORTEST_NAME {
                brands.names.insert(name.to_owned());
                brands.glances.insert(glance(name));
                brands.letters.insert(sorted(name));
            }
        }
        brands
    }

    /// Whether a host is a brand's own.
    pub fn own(&self, host: &str) -> bool {
        self.domains.contains(registrable(host))
    }

    /// Whether a host passes for a brand's.
    pub fn impersonated_by(&self, host: &str) -> bool {
        let domain = registrable(host);
        if self.domains.contains(domain) || self.names.is_empty() {
            return false;
        }
        let Some((name, ending)) = domain.split_once('.') else { return false };
        let owned = host.strip_suffix(ending).unwrap_or(host);
        self.reads_like_a_name(name) || self.has_lure(owned) || self.stands_before(host, domain)
    }

    fn reads_like_a_name(&self, name: &str) -> bool {
        let name = decoded(name);
        if self.names.contains(name.as_ref()) {
            return false;
        }
        let may_be_swapped = self.letters.contains(&sorted(&name));
        self.glances.contains(&glance(&name))
            || may_be_swapped && swaps(&name).any(|swapped| self.names.contains(&swapped))
    }

    fn has_lure(&self, owned: &str) -> bool {
        let tokens = || owned.split(['.', '-']);
        tokens().any(|token| self.names.contains(token)) && tokens().any(|token| LURES.contains(&token))
    }

    /// `binance.com.evil.xyz` and `binance.com-login.xyz`; `google.com.br` is one domain.
    fn stands_before(&self, host: &str, domain: &str) -> bool {
        suffixes(host).any(|rest| {
            let Some((name, after)) = rest.split_once('.') else { return false };
            let end = after.find(['.', '-']).unwrap_or(after.len());
            let Some((ending, after)) = after.split_at_checked(end) else { return false };
            let is_apart =
                after.starts_with('-') || after.strip_prefix('.').is_some_and(|after| after.len() >= domain.len());
            is_apart && self.names.contains(name) && self.domains.contains(&format!("{name}.{ending}"))
        })
    }
}

fn decoded(label: &str) -> Cow<'_, str> {
    match label.strip_prefix("xn--").map(punycode::decode) {
        Some(Ok(decoded)) => Cow::Owned(decoded),
        _ => Cow::Borrowed(label),
    }
}

/// A name as a quick reader takes it: no accents, digits as letters, `rn` as `m`, doubled letters once.
fn glance(name: &str) -> String {
    let folded = if name.is_ascii() {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(Normaliser::default().normalise(name).text().to_owned())
    };
    let mut squeezed = String::with_capacity(folded.len());
    let mut characters = folded.chars().filter(|character| *character != '-').peekable();
    while let Some(character) = characters.next() {
        let read = match (character, characters.peek()) {
            ('r', Some('n')) => characters.next().map_or('r', |_| 'm'),
            ('v', Some('v')) => characters.next().map_or('v', |_| 'w'),
            _ => letter(character),
        };
        if !squeezed.ends_with(read) {
            squeezed.push(read);
        }
    }
    squeezed
}

fn letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | 'i' | '!' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

fn sorted(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters
}

/// The name with each two neighbours swapped.
fn swaps(name: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = name.chars().collect();
    let last = if letters.len() >= SHORTEST_SWAPPED { letters.len() - 1 } else { 0 };
    (0..last).map(move |position| {
        let mut swapped = letters.clone();
        swapped.swap(position, position + 1);
        swapped.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brands() -> Brands {
        Brands::new(
            ["binance.com", "telegram.org", "paypal.com", "google.com", "t.me", "steamcommunity.com"].into_iter(),
        )
    }

    #[test]
    fn hosts_that_pass_for_a_brand_are_told() {
        for host in [
            "b1nance.com",
            "steamcomunity.com",
            "steamcornmunity.com",
            "telegarm.org",
            "xn--pypal-4ve.com",
            "paypa1.com",
            "binance-bonus.xyz",
            "login.telegram.verify.top",
            "binance.com.evil.xyz",
            "www.binance.com-claims.xyz",
        ] {
            assert!(brands().impersonated_by(host), "{host}");
        }
    }

    #[test]
    fn others_are_left_alone() {
        for host in [
            "binance.com",
            "accounts.binance.com",
            "google.com.br",
            "google.de",
            "telegra.ph",
            "telegraf.js.org",
            "finance.com",
            "python-telegram-bot.org",
            "t.me",
            "login.example.com",
            "paypay.ne.jp",
            "google",
            "",
            "1.2.3.4",
            "бинанс.рф",
        ] {
            assert!(!brands().impersonated_by(host), "{host}");
        }
    }
}
