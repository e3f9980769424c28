//! What a caller sends: the Query protocol's flat form, read as fields, lists and records.
//! A list is `Name.member.1`, a record inside it `Name.member.1.Field`; order is by number.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::lab::model::Refusal;

/// A form, or one record of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    fields: BTreeMap<String, String>,
}

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self { fields: form_urlencoded::parse(body).into_owned().collect() }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// # Errors
    /// The field is not there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| {
            Refusal::Validation(format!("The request must contain the parameter {name}"))
        })
    }

    /// # Errors
    /// The field is there and cannot be read.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = |text: &str| {
            text.parse().map_err(|_| {
                Refusal::Validation(format!("'{text}' is not a valid value for '{name}'"))
            })
        };
        self.text(name).map(read).transpose()
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let items = self.records(name).into_iter();
        items.filter_map(|mut item| item.fields.remove("")).collect()
    }

    /// The records of a list; one that is a plain value has it under the empty name.
    pub(super) fn records(&self, name: &str) -> Vec<Self> {
        let prefix = format!("{name}.member.");
        let mut records: BTreeMap<u32, Self> = BTreeMap::new();
        for (field, value) in &self.fields {
            let Some(rest) = field.strip_prefix(&prefix) else {
                continue;
            };
            let (number, inner) = rest.split_once('.').unwrap_or((rest, ""));
            let Ok(number) = number.parse() else {
                continue;
            };
            let record = records.entry(number).or_default();
            record.fields.insert(inner.to_owned(), value.clone());
        }
        records.into_values().collect()
    }

    /// # Errors
    /// A record lacks its key.
    pub(super) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, Refusal> {
        let pair = |record: Self| {
            let key = record.required("Key")?.to_owned();
            Ok((key, record.text("Value").unwrap_or_default().to_owned()))
        };
        self.records(name).into_iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_records_come_in_the_order_of_their_numbers() {
        let body = b"Names.member.10=j&Names.member.2=b&Names.member.1=a%26b\
            &Targets.member.1.Id=i-1&Targets.member.1.Port=80&Targets.member.2.Id=i-2";
        let form = Form::parse(body);
        assert_eq!(form.list("Names"), ["a&b", "b", "j"]);
        let targets = form.records("Targets");
        assert_eq!(targets.len(), 2);
        assert_eq!(targets[0].parsed::<u16>("Port"), Ok(Some(80)));
        assert_eq!(targets[1].text("Port"), None);
    }

    #[test]
    fn a_missing_or_unreadable_field_is_a_validation_error() {
        let form = Form::parse(b"Port=eighty&Tags.member.1.Value=v");
        for refused in [
            form.required("TargetGroupArn").map(|_| ()),
            form.parsed::<u16>("Port").map(|_| ()),
            form.pairs("Tags").map(|_| ()),
        ] {
            assert!(matches!(refused, Err(Refusal::Validation(_))), "{refused:?}");
        }
    }

    #[test]
    fn nonsense_is_an_empty_form() {
        assert_eq!(Form::parse(b"").text("Action"), None);
        assert!(Form::parse(&[0xff, 0xfe]).list("Names").is_empty());
        assert!(Form::parse(b"Names.member.x=1&Names.member.=2").list("Names").is_empty());
    }
}
