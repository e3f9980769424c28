//! Paging: at most so many items in an answer, and a marker that says where the next one starts.
//! A marker is the number of items seen, in disguise enough that nobody counts on it.

use super::form::Form;
use super::xml::Xml;
use crate::lab::model::Refusal;

/// The most items of a page, and how many there are if the caller does not say.
const MOST: usize = 400;
const PREFIX: &str = "page-";

/// One page of a list.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// The page that the caller asks for.
    ///
    /// # Errors
    /// `PageSize` is not within 1 and 400, or `Marker` is none of ours.
    pub(super) fn of(form: &Form, all: impl Iterator<Item = T>) -> Result<Self, Refusal> {
        let size = form.parsed("PageSize")?.unwrap_or(MOST);
        if !(1..=MOST).contains(&size) {
            return Err(Refusal::Validation(format!(
                "'{size}' is not a valid value for 'PageSize': must be between 1 and {MOST}"
            )));
        }
        let start = form.text("Marker").map_or(Ok(0), position)?;
        let mut rest = all.skip(start);
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let next = rest.next().map(|_| format!("{PREFIX}{:x}", start + size));
        Ok(Self { items, next })
    }

    pub(super) fn next_marker(&self, xml: &mut Xml) {
        xml.optional("NextMarker", self.next.as_ref());
    }
}

fn position(marker: &str) -> Result<usize, Refusal> {
    marker
        .strip_prefix(PREFIX)
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Refusal::Validation(format!("'{marker}' is not a valid marker")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn following_the_markers_sees_each_item_once() {
        let mut seen = Vec::new();
        let mut form = Form::parse(b"PageSize=3");
        loop {
            let page = Page::of(&form, 0..8).unwrap();
            assert!(page.items.len() <= 3);
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            form = Form::parse(format!("PageSize=3&Marker={next}").as_bytes());
        }
        assert_eq!(seen, (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_last_page_has_no_marker() {
        let page = Page::of(&Form::parse(b"PageSize=4"), 0..4).unwrap();
        assert_eq!((page.items.len(), page.next), (4, None));
    }

    #[test]
    fn wrong_sizes_and_markers_are_refused() {
        for wrong in ["PageSize=0", "PageSize=401", "PageSize=x", "Marker=1", "Marker=page-zz"] {
            assert!(Page::of(&Form::parse(wrong.as_bytes()), 0..8).is_err(), "{wrong}");
        }
    }
}
