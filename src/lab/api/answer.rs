//! What goes back to a caller: a body, a status, and how it is to be sent.
//! Sending it late, or not at all, is the server's part.

use std::time::Duration;

use super::xml::Xml;
use crate::lab::faults::CallFault;
use crate::lab::model::Refusal;

/// The answer to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAnswer {
    /// The action that was asked for, known or not.
    pub action: String,
    /// The HTTP status.
    pub status: u16,
    /// The XML.
    pub body: Vec<u8>,
    /// What stands in the body and in the header `x-amzn-RequestId`.
    pub request_id: String,
    /// How much later it is to be sent.
    pub delay: Duration,
    /// Whether the connection is to be cut instead.
    pub cut: bool,
}

/// Why a call is not answered as asked.
pub(super) struct ApiError {
    status: u16,
    code: String,
    message: String,
}

impl ApiError {
    fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }

    pub(super) fn invalid_action(action: &str, version: &str) -> Self {
        let message = format!("Could not find operation {action} for version {version}");
        Self::new(400, "InvalidAction", &message)
    }

    pub(super) fn missing_action() -> Self {
        Self::new(400, "MissingAction", "The request must contain the parameter Action")
    }

    /// The whole document; `Type` says whose fault it is.
    pub(super) fn body(&self, request_id: &str) -> Vec<u8> {
        let whose = if self.status < 500 { "Sender" } else { "Receiver" };
        Xml::document("ErrorResponse", |xml| {
            xml.inside("Error", |xml| {
                xml.text("Type", whose);
                xml.text("Code", &self.code);
                xml.text("Message", &self.message);
            });
            xml.text("RequestId", request_id);
        })
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(400, refusal.code(), &refusal.to_string())
    }
}

impl From<CallFault> for ApiError {
    fn from(fault: CallFault) -> Self {
        match fault {
            // Never sent: the connection is cut instead.
            CallFault::Reset | CallFault::Throttled => {
                Self::new(400, "Throttling", "Rate exceeded")
            }
            CallFault::Unavailable => {
                Self::new(503, "ServiceUnavailable", "The service is currently unavailable")
            }
            CallFault::Internal => Self::new(
                500,
                "InternalFailure",
                "The request processing has failed because of an unknown error",
            ),
        }
    }
}
