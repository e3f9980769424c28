//! What a listener, a group or a health check speaks, as the API writes it.
//! The lab's proxy carries HTTP only; the others are there to be described.

use std::fmt;
use std::str::FromStr;

/// A protocol of the API's `ProtocolEnum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP
    Http,
    /// HTTPS
    Https,
    /// TCP
    Tcp,
    /// TLS
    Tls,
    /// UDP
    Udp,
    /// TCP and UDP on one port
    TcpUdp,
    /// QUIC
    Quic,
    /// TCP and QUIC on one port
    TcpQuic,
}

const NAMES: [(Protocol, &str); 8] = [
    (Protocol::Http, "HTTP"),
    (Protocol::Https, "HTTPS"),
    (Protocol::Tcp, "TCP"),
    (Protocol::Tls, "TLS"),
    (Protocol::Udp, "UDP"),
    (Protocol::TcpUdp, "TCP_UDP"),
    (Protocol::Quic, "QUIC"),
    (Protocol::TcpQuic, "TCP_QUIC"),
];

impl Protocol {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(protocol, _)| *protocol == self).map_or("HTTP", |(_, name)| name)
    }

    /// HTTP and HTTPS: what an application load balancer speaks.
    #[must_use]
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        NAMES
            .iter()
            .find(|(_, name)| *name == word)
            .map(|(protocol, _)| *protocol)
            .ok_or_else(|| format!("'{word}' is no protocol that the lab knows"))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
