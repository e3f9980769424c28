//! Ports as they are typed: the two of a flip, and the one that is live.

use std::str::FromStr;

use crate::cli::place::port_of;
use crate::cli::typed::Example;
use crate::rollout::{Before, Ports};

/// The two ports of a flip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Two(pub(super) Ports);

impl Example for Two {
    const EXAMPLE: &str = "pair of ports such as 8081,8082";
}

impl FromStr for Two {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ports: Vec<_> = text.split(',').map(str::trim).collect();
        if ports.contains(&"") {
            return Err("a port is missing".to_owned());
        }
        let ports: Result<Vec<_>, _> = ports.into_iter().map(port_of).collect();
        match ports?[..] {
            [blue, green] if blue == green => Err("both are the same port".to_owned()),
            [blue, green] => Ok(Self(Ports { blue, green })),
            [_] => Err("one port, and a flip goes between two".to_owned()),
            ref more => Err(format!("{} ports, and a flip goes between two", more.len())),
        }
    }
}

/// Which port is said to be live.
#[derive(Debug, Clone, Copy)]
pub(super) struct From(pub(super) Before);

impl Example for From {
    const EXAMPLE: &str = "port such as 8081, or as none";
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(Before::Nothing)),
            port => port_of(port).map(Before::Port).map(Self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_ports_are_a_pair() {
        for text in ["8081,8082", "8081, 8082"] {
            let Two(ports) = text.parse().unwrap();
            assert_eq!(ports, Ports { blue: 8081, green: 8082 });
        }
        for (text, why) in [
            ("8081,8081", "both are the same port"),
            ("8081", "one port, and a flip goes between two"),
            ("8081,8082,8083", "3 ports, and a flip goes between two"),
            ("0,8082", "0 is no port: ports go from 1 to 65535"),
            ("8081,", "a port is missing"),
            (",", "a port is missing"),
            ("http,https", "http is no port: ports go from 1 to 65535"),
        ] {
            assert_eq!(text.parse::<Two>().unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn what_is_live_is_a_port_or_nothing() {
        let read = |text: &str| text.parse::<From>().map(|From(before)| before);
        assert_eq!(read("8081"), Ok(Before::Port(8081)));
        assert_eq!(read("none"), Ok(Before::Nothing));
        assert_eq!(read("blue"), Err("blue is no port: ports go from 1 to 65535".to_owned()));
    }
}
