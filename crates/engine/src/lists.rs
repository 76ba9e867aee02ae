//! Lists of hosts and names: shipped ones, and those of the operator.
//!
//! In: plain text, a host or name a line. Out: a [`HostList`], with the lines that could not be read. Fails never: a list that
//! is no list says so ([`HostList::is_broken`]).

mod brands;
mod host_list;

use std::sync::Arc;

use brands::Brands;
pub use host_list::{Fault, HostList, ListKind};

const SHORTENERS: &str = include_str!("lists/shorteners.txt");
const BRANDS: &str = include_str!("lists/brands.txt");

/// Every list in use.
#[derive(Debug)]
pub struct Lists {
    all: Vec<Arc<HostList>>,
    brands: Brands,
    /// Tells the operator's lists from others; none where there are none.
    pub(crate) fingerprint: Option<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Lists {
    /// The shipped lists and the operator's beside them.
    #[must_use]
    pub fn new(of_operator: Vec<Arc<HostList>>) -> Self {
        let mixed = of_operator.iter().fold(0, |mixed: u64, list| mixed.rotate_left(7) ^ list.fingerprint);
        let fingerprint = u32::try_from(mixed & u64::from(u32::MAX)).ok().filter(|_| !of_operator.is_empty());
        let shipped = [(ListKind::Shorteners, SHORTENERS), (ListKind::Brands, BRANDS)];
        let shipped = shipped.map(|(kind, text)| Arc::new(HostList::read(kind, text.as_bytes())));
        let all: Vec<_> = shipped.into_iter().chain(of_operator).collect();
        let brands = Brands::new(all.iter().flat_map(|list| list.brands()));
        Self { all, brands, fingerprint }
    }

    /// Whether a list of this kind names the host, or what stands above it.
    #[must_use]
    pub fn names_host(&self, kind: ListKind, host: &str) -> bool {
        self.all.iter().any(|list| list.kind == kind && list.names_host(host))
    }

    /// Whether a list of known scammers names the account or channel.
    #[must_use]
    pub fn names_account(&self, name: &str) -> bool {
        self.all.iter().any(|list| list.kind == ListKind::TelegramNames && list.names(name))
    }

    /// Whether a host is a known brand's own.
    #[must_use]
    pub fn is_brand(&self, host: &str) -> bool {
        self.brands.own(host)
    }

    /// Whether a host is there to be taken for one of a known brand.
    #[must_use]
    pub fn impersonates(&self, host: &str) -> bool {
        self.brands.impersonated_by(host)
    }
}

/// A host, then what stands above it, one label less each time.
pub fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_have_no_faulty_line() {
        for list in Lists::default().all {
            assert!(list.faults.is_empty() && !list.is_empty(), "{:?}: {:?}", list.kind, list.faults);
        }
    }

    #[test]
    fn no_brands_own_domain_passes_for_another() {
        let lists = Lists::default();
        let brands = HostList::read(ListKind::Brands, BRANDS.as_bytes());
        for domain in brands.brands() {
            assert!(!lists.impersonates(domain) && !lists.impersonates(&format!("login.{domain}")), "{domain}");
        }
    }
}
