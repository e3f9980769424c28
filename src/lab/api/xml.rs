//! Writes the answers: elements, text and lists in the service's namespace.
//! Nothing can fail, because it writes into memory.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// The namespace of every answer.
pub(super) const NAMESPACE: &str = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";

/// A piece of XML that is being written.
pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    /// One whole document below the element `root`.
    pub(super) fn document(root: &str, content: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut xml = Self { writer: Writer::new(Vec::new()) };
        let start = BytesStart::new(root).with_attributes([("xmlns", NAMESPACE)]);
        xml.write(Event::Start(start));
        content(&mut xml);
        xml.write(Event::End(BytesEnd::new(root)));
        xml.writer.into_inner()
    }

    pub(super) fn inside(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.write(Event::Start(BytesStart::new(name)));
        content(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    pub(super) fn text(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        self.inside(name, |xml| xml.write(Event::Text(BytesText::new(&value))));
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        self.inside(name, |xml| {
            for item in items {
                xml.inside("member", |xml| each(xml, item));
            }
        });
    }

    pub(super) fn texts<T: ToString>(&mut self, name: &str, items: impl IntoIterator<Item = T>) {
        self.list(name, items, |xml, item| {
            xml.write(Event::Text(BytesText::new(&item.to_string())));
        });
    }

    /// Writing into a `Vec` has no error to report.
    fn write(&mut self, event: Event<'_>) {
        let _never = self.writer.write_event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_cannot_break_out_of_its_element() {
        let body = Xml::document("A", |xml| {
            xml.text("B", "<&>\"");
            xml.texts("C", ["1", "2"]);
            xml.optional("D", None::<u8>);
        });
        let expected = format!(
            "<A xmlns=\"{NAMESPACE}\"><B>&lt;&amp;&gt;&quot;</B><C><member>1</member><member>2</member></C></A>"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}
