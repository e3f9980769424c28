//! The headers that a proxy takes away and adds.
//! Only what RFC 9110 section 7.6.1 and the X-Forwarded headers of a real application load balancer ask for.

use std::net::SocketAddr;

use hyper::HeaderMap;
use hyper::header::{CONNECTION, HOST, HeaderName, HeaderValue};

const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Removes what concerns one connection only, also what `Connection` names.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Adds the client to those that the request came through, and says how it came.
pub(super) fn add_forwarded(headers: &mut HeaderMap, client: SocketAddr, port: u16) {
    let before = headers.get_all(FORWARDED_FOR).iter();
    let mut through: Vec<&str> = before.filter_map(|value| value.to_str().ok()).collect();
    let client = client.ip().to_string();
    through.push(&client);
    if let Ok(value) = HeaderValue::from_str(&through.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    headers.insert("x-forwarded-port", HeaderValue::from(port));
}

/// HTTP/1.1 needs a `Host`; a client of HTTP/1.0 may have sent none.
pub(super) fn ensure_host(headers: &mut HeaderMap, target: SocketAddr) {
    if !headers.contains_key(HOST)
        && let Ok(value) = HeaderValue::from_str(&target.to_string())
    {
        headers.insert(HOST, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().copied();
        pairs
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_concerns_one_connection_stays_on_it() {
        let mut some = headers(&[
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("x-kept", "1"),
        ]);
        remove_hop_by_hop(&mut some);
        assert_eq!(some, headers(&[("x-kept", "1")]));
    }

    #[test]
    fn the_client_is_added_behind_those_before_it() {
        let mut some = headers(&[(FORWARDED_FOR, "192.0.2.1")]);
        add_forwarded(&mut some, "127.0.0.1:5000".parse().unwrap(), 80);
        assert_eq!(some[FORWARDED_FOR], "192.0.2.1, 127.0.0.1");
        assert_eq!(some["x-forwarded-port"], "80");
    }

    #[test]
    fn a_host_is_kept_and_a_missing_one_is_made() {
        let mut some = headers(&[("host", "shop.example")]);
        ensure_host(&mut some, "127.0.0.1:80".parse().unwrap());
        assert_eq!(some["host"], "shop.example");
        some.remove("host");
        ensure_host(&mut some, "127.0.0.1:80".parse().unwrap());
        assert_eq!(some["host"], "127.0.0.1:80");
    }
}
