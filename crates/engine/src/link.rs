//! Addresses: those a reader sees, those behind words and buttons, disarmed ones included.

use std::borrow::Cow;
use std::ops::Range;

use crate::event::{Role, Shown};
use crate::place::Span;

const TELEGRAM_HOSTS: &[&str] = &["t.me", "telegram.me", "telegram.dog"];

/// Endings that few words after a full stop and few file names have.
pub(crate) const COMMON_ENDINGS: &[&str] =
    &["com", "net", "org", "io", "me", "ru", "cn", "de", "uk", "info", "app", "dev", "xyz", "top"];

/// One address in a message.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where it stands.
    pub span: Span,
    /// How it counts.
    pub role: Role,
    /// Whether the reader sees other words than the address: a hidden link, and which.
    pub shown: Option<Shown>,
    /// Lower case, without scheme, user info, `www.` and trailing slash; `tg://` links as their `t.me` form.
    address: String,
    host_end: usize,
    has_scheme: bool,
    is_telegram: bool,
}

impl Link {
    /// Reads an address; none where it has no host.
    #[must_use]
    pub fn read(url: &str, span: Span, role: Role, shown: Option<Shown>) -> Option<Self> {
        let address = plain_address(url)?;
        let host_end = address.find(['/', '?', '#']).unwrap_or(address.len());
        let has_scheme = url.contains("://");
        let is_telegram = address.get(..host_end).is_some_and(is_telegram);
        (host_end > 0).then_some(Self { span, role, shown, address, host_end, has_scheme, is_telegram })
    }

    /// The account or channel of `@name` as an address.
    #[must_use]
    pub fn mention(name: &str, span: Span, role: Role) -> Self {
        let address = ["t.me/", name].concat();
        Self { span, role, shown: None, address, host_end: 4, has_scheme: false, is_telegram: true }
    }

    /// Whether people take it for an address: "main.rs" and "end.Start" are none.
    #[must_use]
    pub fn reads_as_address(&self) -> bool {
        let ending = self.host().rsplit('.').next().unwrap_or_default();
        let is_of_several = || psl::suffix_str(self.host()).is_some_and(|suffix| suffix.contains('.'));
        self.has_scheme || !self.path().is_empty() || COMMON_ENDINGS.contains(&ending) || is_of_several()
    }

    /// Host and path.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The account or channel it leads to in Telegram, lower case.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        if !self.is_telegram() {
            return None;
        }
        let below = self.host().strip_suffix(".t.me");
        let path = self.path().trim_start_matches('/');
        let path = path.strip_prefix("s/").unwrap_or(path);
        let first = path.split(['/', '?', '#']).next().filter(|name| !name.is_empty() && !name.starts_with('+'));
        below.or(first)
    }

    /// The host, lower case, without `www.` and port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.address.get(..self.host_end).unwrap_or_default()
    }

    /// What follows the host.
    #[must_use]
    pub fn path(&self) -> &str {
        self.address.get(self.host_end..).unwrap_or_default()
    }

    /// Whether it leads into Telegram.
    #[must_use]
    pub fn is_telegram(&self) -> bool {
        self.is_telegram
    }

    /// Whether it invites into a closed chat or a folder of chats.
    #[must_use]
    pub fn is_invite(&self) -> bool {
        let invites = ["/+", "/joinchat/", "/addlist/", "/join?invite=", "/addlist?slug="];
        self.is_telegram()
            && invites.iter().any(|invite| self.path().starts_with(invite) && self.path().len() > invite.len())
    }

    /// Whether it starts a bot with a parameter, or opens its Mini App.
    #[must_use]
    pub fn is_bot_start(&self) -> bool {
        if !self.is_telegram() {
            return false;
        }
        let path = self.path();
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let has_parameter = query.split('&').any(|pair| {
            ["start", "startapp", "startgroup", "startattach"].contains(&pair.split('=').next().unwrap_or_default())
        });
        let segments = || name.split('/').filter(|segment| !segment.is_empty());
        let is_app = segments().next().is_some_and(|bot| bot.ends_with("bot"))
            && segments().nth(1).is_some_and(|app| !app.bytes().all(|byte| byte.is_ascii_digit()));
        has_parameter || is_app
    }

    /// The host with Telegram's own names made one, to compare destinations.
    #[must_use]
    pub fn destination(&self) -> &str {
        if self.is_telegram() { "t.me" } else { self.host() }
    }
}

fn is_telegram(host: &str) -> bool {
    TELEGRAM_HOSTS
        .iter()
        .any(|telegram| host.strip_suffix(telegram).is_some_and(|name| name.is_empty() || name.ends_with('.')))
}

/// The part of a host that somebody registered, by the public suffix list: `example.co.uk`, `someone.github.io`. The host
/// itself where nobody can register it, and for numbers.
#[must_use]
pub fn registrable(host: &str) -> &str {
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { host } else { psl::domain_str(host).unwrap_or(host) }
}

/// Whether two hosts belong to one destination: the same somebody registered both.
#[must_use]
pub fn same_destination(left: &str, right: &str) -> bool {
    registrable(left) == registrable(right)
}

fn plain_address(url: &str) -> Option<String> {
    let url = url.trim();
    // Folded text is in lower case.
    let is_lower = url.is_ascii() && !url.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = if is_lower { Cow::Borrowed(url) } else { Cow::Owned(url.to_lowercase()) };
    if let Some(command) = lower.strip_prefix("tg://").or_else(|| lower.strip_prefix("tg:")) {
        return Some(format!("t.me/{}", resolved(command)));
    }
    let rest = match lower.split_once("://") {
        Some((_, rest)) => rest,
        None if lower.starts_with("mailto:") => return None,
        None => &lower,
    };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(host_end)?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    let path = if path == "/" { "" } else { path };
    (host.contains('.') && host.len() > 2).then(|| [host, path].concat())
}

/// `resolve?domain=some_bot&start=x` as the path of its `t.me` link.
fn resolved(command: &str) -> String {
    let Some(query) = command.strip_prefix("resolve?") else { return command.to_owned() };
    let is_domain = |pair: &&str| pair.starts_with("domain=");
    let domain = query.split('&').find(is_domain).and_then(|pair| pair.split_once('=')).map_or("", |(_, name)| name);
    let others: Vec<&str> = query.split('&').filter(|pair| !is_domain(pair)).collect();
    format!("{domain}?{}", others.join("&"))
}

/// Byte ranges of the addresses in a folded text.
pub fn find(finder: &linkify::LinkFinder, text: &str) -> Vec<Range<usize>> {
    if memchr::memchr2(b'.', b':', text.as_bytes()).is_none() {
        return Vec::new();
    }
    finder.links(text).map(|link| link.start()..link.end()).collect()
}

/// The finder for folded texts: with and without scheme, no mail addresses.
pub fn finder() -> linkify::LinkFinder {
    let mut finder = linkify::LinkFinder::new();
    finder.url_must_have_scheme(false).kinds(&[linkify::LinkKind::Url]);
    finder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;

    fn link(url: &str) -> Link {
        let span = Span { place: Place::Text, offset: 0, length: 0 };
        Link::read(url, span, Role::Own, None).unwrap()
    }

    #[test]
    fn hosts_are_compared_without_dress() {
        assert_eq!(link("HTTPS://www.Example.com:443/").host(), "example.com");
        assert_eq!(link("http://trusted.com@evil.example/x").host(), "evil.example");
        assert!(same_destination("shop.example.com", "example.com"));
        assert!(!same_destination("badexample.com", "example.com"));
        assert!(same_destination("shop.example.co.uk", "www.example.co.uk"));
        assert!(!same_destination("one.co.uk", "two.co.uk") && !same_destination("one.github.io", "two.github.io"));
        assert!(!same_destination("1.2.3.4", "9.2.3.4"));
    }

    #[test]
    fn accounts_are_found_in_every_form_of_their_links() {
        for url in [
            "t.me/Some_One",
            "https://telegram.me/some_one/12?x=1",
            "tg://resolve?domain=some_one",
            "some_one.t.me",
            "t.me/s/some_one",
        ] {
            assert_eq!(link(url).account(), Some("some_one"), "{url}");
        }
        assert_eq!(link("t.me/+AbCdEf").account(), None);
        assert_eq!(link("example.com/some_one").account(), None);
    }

    #[test]
    fn invites_and_bot_starts_are_told_from_channels() {
        assert!(link("https://t.me/+AbCdEf").is_invite());
        assert!(link("telegram.me/joinchat/AAA").is_invite());
        assert!(link("tg://join?invite=abc").is_invite());
        assert!(link("t.me/addlist/xyz").is_invite());
        assert!(!link("t.me/durov/12").is_invite());
        assert!(link("t.me/some_bot?start=ref1").is_bot_start());
        assert!(link("tg://resolve?domain=some_bot&start=1").is_bot_start());
        assert!(link("t.me/some_bot/app?startapp").is_bot_start());
        assert!(!link("t.me/some_bot").is_bot_start());
        assert!(!link("example.com/?start=1").is_bot_start());
        assert!(!link("t.me/chat_of_bot/15").is_bot_start());
    }
}
