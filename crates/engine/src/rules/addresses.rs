//! Rules for links: a literal is a host with all that stands below it, and the beginning of a path where it has one.

use std::collections::HashMap;

use crate::event::Role;
use crate::link::Link;
use crate::lists::suffixes;
use crate::place::{Place, Span};
use crate::rules::texts::{Fuel, Texts};

/// Rules for links, compiled.
#[derive(Debug, Default)]
pub struct Addresses {
    /// By host: path and rule.
    pub hosts: HashMap<String, Vec<(String, usize)>>,
    /// Wildcards and expressions, for whole addresses.
    pub texts: Texts,
}

impl Addresses {
    /// Takes a literal in. Fails with what is wrong and how to mend it.
    pub fn add(&mut self, pattern: &str, rule: usize) -> Result<(), String> {
        let pattern = pattern.trim();
        let named = pattern.strip_prefix('@').map(|name| format!("t.me/{name}"));
        let span = Span { place: Place::Text, offset: 0, length: 0 };
        let link = Link::read(named.as_deref().unwrap_or(pattern), span, Role::Own, None)
            .filter(|_| !pattern.contains(char::is_whitespace))
            .ok_or("is no address for links; write a host like example.com, t.me/name or @name")?;
        let host = link.destination();
        if psl::domain_str(host).is_none() {
            return Err(format!("{host} stands for everybody below it; write the name before it, or a wildcard"));
        }
        self.hosts.entry(host.to_owned()).or_default().push((link.path().trim_end_matches('/').to_owned(), rule));
        Ok(())
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.texts.is_empty()
    }

    /// Tells the rules that an address meets.
    pub fn find(&self, link: &Link, fuel: &mut Fuel, found: &mut impl FnMut(usize)) {
        for host in suffixes(link.destination()) {
            for (path, rule) in self.hosts.get(host).into_iter().flatten() {
                if begins(link.path(), path) {
                    found(*rule);
                }
            }
        }
        if !self.texts.is_empty() {
            self.texts.find(link.address(), fuel, &mut |rule, _| found(rule));
        }
    }
}

/// Whether a path begins with another, whole segments compared.
fn begins(path: &str, beginning: &str) -> bool {
    path.strip_prefix(beginning)
        .is_some_and(|rest| beginning.is_empty() || rest.is_empty() || rest.starts_with(['/', '?', '#']))
}
