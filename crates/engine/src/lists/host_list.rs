//! One list: hashes of its lines, so that a million hosts cost 20 MB and a look-up does not grow with them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use crate::lists::suffixes;

/// Faulty lines that are told one by one.
const MOST_FAULTS: usize = 100;
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;
/// Characters of a name Telegram gives out.
const NAME: std::ops::RangeInclusive<usize> = 4..=32;
/// Addresses that lists in the form of a hosts file begin their lines with.
const NOWHERE: &[&str] = &["0.0.0.0", "127.0.0.1", "::", "::1"];

/// What the lines of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Hosts that are known to cheat.
    ScamHosts,
    /// Accounts and channels that are known to cheat.
    TelegramNames,
    /// Services that hide where a link leads.
    Shorteners,
    /// Domains that others imitate.
    Brands,
}

impl ListKind {
    /// Every kind with the name its files begin with.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::ScamHosts, "scam-hosts"),
        (Self::TelegramNames, "telegram-names"),
        (Self::Shorteners, "shorteners"),
        (Self::Brands, "brands"),
    ];
}

/// A line that is not what the list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// A list that was read.
#[derive(Debug)]
pub struct HostList {
    pub(super) kind: ListKind,
    hashes: HashSet<u64, BuildHasherDefault<Hashed>>,
    brands: Vec<String>,
    /// The first faulty lines.
    pub faults: Vec<Fault>,
    /// Number of faulty lines.
    pub faulty_lines: usize,
    pub(super) fingerprint: u64,
}

/// The values are hashes already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl HostList {
    /// Reads a list: a host or name a line, `#` before a comment. A host stands for itself and all below it, `*.host` only for
    /// what stands below. Faulty lines are passed over and told.
    #[must_use]
    pub fn read(kind: ListKind, text: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', text).count() + 1;
        let mut hashes = HashSet::with_capacity_and_hasher(lines, BuildHasherDefault::default());
        let (mut brands, mut faults, mut faulty_lines) = (Vec::new(), Vec::new(), 0);
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            match entry(kind, line) {
                Ok(None) => {}
                Ok(Some(entry)) => {
                    hashes.insert(xxh3_64(entry.as_bytes()));
                    if kind == ListKind::Brands {
                        brands.push(entry.into_owned());
                    }
                }
                Err(what) => {
                    faulty_lines += 1;
                    if faults.len() < MOST_FAULTS {
                        faults.push(Fault { line: index + 1, what });
                    }
                }
            }
        }
        Self { kind, hashes, brands, faults, faulty_lines, fingerprint: xxh3_64(text) }
    }

    /// Number of hosts or names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether it is rather some other file: more faulty lines than good ones.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.faulty_lines > self.len()
    }

    pub(super) fn brands(&self) -> impl Iterator<Item = &str> {
        self.brands.iter().map(String::as_str)
    }

    pub(super) fn names_host(&self, host: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let Ok(host) = ascii(host) else { return false };
        let mut below = String::with_capacity(host.len() + 2);
        suffixes(&host).enumerate().any(|(above, suffix)| {
            below.clear();
            below.extend(["*.", suffix]);
            self.names(suffix) || (above > 0 && self.names(&below))
        })
    }

    pub(super) fn names(&self, name: &str) -> bool {
        self.hashes.contains(&xxh3_64(name.as_bytes()))
    }
}

/// What a line names; nothing where it is empty or a comment.
fn entry(kind: ListKind, line: &[u8]) -> Result<Option<Cow<'_, str>>, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8")?;
    let line = line.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return Ok(None);
    }
    let line = match line.split_once(char::is_whitespace) {
        None => line,
        Some((address, host)) if NOWHERE.contains(&address) => host.trim(),
        Some(_) => return Err("holds more than one word"),
    };
    if kind == ListKind::TelegramNames { name(line).map(Some) } else { host(line).map(Some) }
}

fn name(line: &str) -> Result<Cow<'_, str>, &'static str> {
    let name = line.strip_prefix("https://").unwrap_or(line);
    let name = name.strip_prefix('@').or_else(|| name.strip_prefix("t.me/")).unwrap_or(name);
    let is_name = NAME.contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        Ok(Cow::Owned(name.to_ascii_lowercase()))
    } else {
        Err("is no @name of 4 to 32 letters, digits and _")
    }
}

fn host(line: &str) -> Result<Cow<'_, str>, &'static str> {
    if line.contains("://") || line.contains('/') {
        return Err("is an address; write the host alone");
    }
    let (is_wildcard, host) = line.strip_prefix("*.").map_or((false, line), |host| (true, host));
    let host = ascii(host)?;
    let host = host.strip_prefix("www.").map(|host| Cow::Owned(host.to_owned())).unwrap_or(host);
    if is_wildcard {
        return Ok(Cow::Owned(format!("*.{host}")));
    }
    if psl::domain_str(&host).is_none() {
        return Err("stands for everybody below it; write *. before it if that is meant");
    }
    Ok(host)
}

/// A host as the network knows it: lower case, other scripts as `xn--`.
pub(super) fn ascii(host: &str) -> Result<Cow<'_, str>, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = if host.bytes().all(is_plain) {
        Cow::Borrowed(host)
    } else {
        let labels: Result<Vec<String>, _> = host.to_lowercase().split('.').map(ascii_label).collect();
        Cow::Owned(labels?.join("."))
    };
    let is_label = |label: &str| !label.is_empty() && label.len() <= LONGEST_LABEL;
    let is_host = host.len() <= LONGEST_HOST && host.bytes().all(is_plain) && host.split('.').all(is_label);
    if is_host { Ok(host) } else { Err("is no host") }
}

fn ascii_label(label: &str) -> Result<String, &'static str> {
    if label.is_ascii() {
        return Ok(label.to_owned());
    }
    punycode::encode(label).map(|code| format!("xn--{code}")).map_err(|()| "is no host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scam(text: &str) -> HostList {
        HostList::read(ListKind::ScamHosts, text.as_bytes())
    }

    #[test]
    fn a_host_stands_for_all_below_it_and_a_star_for_that_alone() {
        let list = scam("evil.example\n*.shady.example\n");
        assert!(list.names_host("evil.example") && list.names_host("login.evil.example"));
        assert!(list.names_host("any.thing.shady.example"));
        assert!(
            !list.names_host("shady.example") && !list.names_host("notevil.example") && !list.names_host("example")
        );
    }

    #[test]
    fn lists_are_read_as_people_write_them() {
        let list = scam("\u{feff}# scams\r\n\r\n  WWW.Evil.Example.  # bonus\r\n0.0.0.0 hosts.example\nбонус.рф\n*.tk");
        assert_eq!((list.len(), list.faulty_lines), (4, 0));
        assert!(list.names_host("evil.example") && list.names_host("hosts.example"));
        assert!(list.names_host("бонус.рф") && list.names_host("xn--90aycnj.xn--p1ai") && list.names_host("any.tk"));
    }

    #[test]
    fn faulty_lines_are_told_by_number_and_passed_over() {
        let list =
            HostList::read(ListKind::ScamHosts, b"good.example\nhttps://a.example/x\ncom\ntwo words\n\xff\xfe\n-\xc3");
        let faults: Vec<_> = list.faults.iter().map(|fault| fault.line).collect();
        assert_eq!((list.len(), faults), (1, vec![2, 3, 4, 5, 6]));
        assert!(list.is_broken());
        assert!(!scam("a.example\nb.example\n?\n").is_broken());
    }

    #[test]
    fn names_are_compared_without_dress() {
        let list = HostList::read(ListKind::TelegramNames, b"@Fake_Support\nhttps://t.me/Drainer_bot\nabc\n");
        assert!(list.names("fake_support") && list.names("drainer_bot"));
        assert_eq!(list.faulty_lines, 1);
    }
}
