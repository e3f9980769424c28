//! What a URL answered, in words. Pure.

use std::error::Error;
use std::io;

use hyper::StatusCode;

/// How one question ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// As it should be.
    Fits,
    /// An answer, and not the one that it should be.
    Unfit(Said),
    /// No answer, or not a whole one.
    None(Said),
}

/// What the asked one did, as a fragment that fits after its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) what: String,
    pub(super) hint: Option<&'static str>,
}

impl Said {
    pub(super) fn status(status: u16, wanted: &impl ToString) -> Self {
        let hint = match status {
            300..=399 => Some(
                "a redirect is not followed: ask the URL that it leads to, or let its status fit",
            ),
            401 | 403 => Some("if that is how it should answer, let the status fit, e.g. 200,401"),
            _ => None,
        };
        let what = format!("answered {}, not {}", named(status), wanted.to_string());
        Self { what, hint }
    }

    pub(super) fn without(status: u16, text: &str, limit: &str) -> Self {
        let what = format!(
            "answered {}, but the body has no {text:?} in its first {limit}",
            named(status)
        );
        Self { what, hint: None }
    }

    /// What came instead of an answer.
    pub(super) fn failed(error: &(dyn Error + 'static)) -> Self {
        let (what, hint) = failure(error);
        Self { what, hint }
    }
}

fn named(status: u16) -> String {
    let status = StatusCode::from_u16(status).map(|status| (status, status.canonical_reason()));
    match status {
        Ok((status, Some(reason))) => format!("{} {reason}", status.as_str()),
        Ok((status, None)) => status.as_str().to_owned(),
        Err(_) => "a status that is none".to_owned(),
    }
}

fn failure(error: &(dyn Error + 'static)) -> (String, Option<&'static str>) {
    let cut_off = || ("closed the connection before it had answered".to_owned(), None);
    for cause in chain(error) {
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
                return cut_off();
            }
            if error.is_parse() {
                let hint = "does that port speak HTTP, or HTTPS instead?";
                return ("did not answer in HTTP".to_owned(), Some(hint));
            }
        }
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => {
                let hint = "does it run, and listen there? see what it logs";
                return ("refused the connection".to_owned(), Some(hint));
            }
            Some(
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof,
            ) => return cut_off(),
            _ => {}
        }
    }
    let texts: Vec<_> = chain(error).map(ToString::to_string).collect();
    let innermost = texts.last().map_or("no answer", String::as_str);
    let hint = if texts.iter().any(|text| text.contains("dns error")) {
        Some("an instance id is no name in most networks: a command can find the address")
    } else if texts.iter().any(|text| text.contains("certificate")) {
        Some("a certificate has to be valid for that very host; a command need not check it")
    } else {
        None
    };
    (format!("could not be asked: {innermost}"), hint)
}

/// An error and its causes. What an `io::Error` wraps is not its `source()`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_with_its_name_and_what_was_wanted() {
        let said = Said::status(503, &"200-299");
        assert_eq!(said.what, "answered 503 Service Unavailable, not 200-299");
        assert_eq!(said.hint, None);
        assert_eq!(Said::status(599, &"200").what, "answered 599, not 200");
        assert!(Said::status(302, &"200").hint.unwrap().contains("not followed"));
        assert!(Said::status(401, &"200").hint.unwrap().contains("200,401"));
    }

    #[test]
    fn the_cause_is_found_however_deep_it_lies() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let wrapped = io::Error::other(io::Error::other(refused));
        assert_eq!(Said::failed(&wrapped).what, "refused the connection");
        let certificate = io::Error::other("invalid peer certificate: UnknownIssuer");
        let said = Said::failed(&certificate);
        assert_eq!(said.what, "could not be asked: invalid peer certificate: UnknownIssuer");
        assert!(said.hint.is_some());
    }
}
