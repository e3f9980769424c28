//! Addresses for tests: no two tests, in one process or in several, get the same at the same time.
//! A port freed a moment ago would not do: any connection on the way out may take it, even one to itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};

/// An address on loopback where nobody listens, and nobody else will.
pub(crate) fn address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = process::id().to_be_bytes();
    let host = NEXT.fetch_add(1, Ordering::Relaxed);
    SocketAddr::new(Ipv4Addr::new(127, high.max(1), low, host).into(), 8080)
}
