//! Whether anything listens on a port: before a release is started there, and after one was stopped. What
//! does is not ended here.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// A port on the same machine or in the same VPC answers at once.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(100);

/// Whether something takes connections there; nothing is sent.
pub async fn listens(address: IpAddr, port: u16) -> bool {
    let connected = timeout(ANSWER_LIMIT, TcpStream::connect(SocketAddr::new(address, port)));
    matches!(connected.await, Ok(Ok(_)))
}

/// Whether nothing does so any more, after this grace at the latest.
pub(super) async fn is_freed(address: IpAddr, port: u16, grace: Duration) -> bool {
    comes_to(false, address, port, grace).await
}

/// Whether something does so, after this patience at the latest.
pub(super) async fn is_taken(address: IpAddr, port: u16, patience: Duration) -> bool {
    comes_to(true, address, port, patience).await
}

async fn comes_to(listening: bool, address: IpAddr, port: u16, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    while listens(address, port).await != listening {
        if Instant::now() >= until {
            return false;
        }
        sleep(GLANCE).await;
    }
    true
}

#[cfg(test)]
mod tests;
