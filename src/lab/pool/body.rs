//! An answer's body that gives its connection back to the pool once it is read to the end.
//! Dropped before the end, it closes the connection: what is left unread would stand before the next answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::SendRequest;

use super::Pool;

/// The body of an answer that came over a pool's connection.
pub struct PooledBody<B> {
    body: Incoming,
    lent: Option<(SendRequest<B>, Arc<Pool<B>>)>,
}

impl<B> PooledBody<B> {
    pub(super) fn new(body: Incoming, connection: SendRequest<B>, pool: Arc<Pool<B>>) -> Self {
        let mut this = Self { body, lent: Some((connection, pool)) };
        this.give_back_at_end();
        this
    }

    fn give_back_at_end(&mut self) {
        if self.body.is_end_stream() {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some((connection, pool)) = self.lent.take() {
            pool.give_back(connection);
        }
    }
}

impl<B: 'static> Body for PooledBody<B> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(None) => self.give_back(),
            Poll::Ready(Some(Ok(_))) => self.give_back_at_end(),
            Poll::Ready(Some(Err(_))) => self.lent = None,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
