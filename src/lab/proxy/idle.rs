//! A target's body that ends in an error when nothing of it comes for too long.
//! Without it a target that hangs in the middle of an answer would hold its client for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::lab::pool::PooledBody;

pub(super) struct IdleBody {
    body: PooledBody<Incoming>,
    limit: Duration,
    silence: Pin<Box<Sleep>>,
}

impl IdleBody {
    pub(super) fn new(body: PooledBody<Incoming>, limit: Duration) -> Self {
        Self { body, limit, silence: Box::pin(sleep(limit)) }
    }
}

impl Body for IdleBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let until = Instant::now() + self.limit;
            self.silence.as_mut().reset(until);
            return Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)));
        }
        ready!(self.silence.as_mut().poll(context));
        let silent = format!("nothing came for {:?}", self.limit);
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, silent))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
