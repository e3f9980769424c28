//! An HTTP client that gives recorded answers and keeps what it was sent.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// What happens to one request.
#[derive(Debug)]
pub enum Answer {
    /// It is answered.
    Http(u16, String),
    /// The connection breaks before an answer.
    Broken(io::ErrorKind),
    /// The connection breaks in the middle of the answer's body.
    Cut,
    /// Nobody ever answers.
    Never,
}

/// A request as it was sent: its form fields, and its user agent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub fields: Vec<(String, String)>,
    pub user_agent: String,
}

impl Sent {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How many fields start so.
    pub fn count(&self, prefix: &str, suffix: &str) -> usize {
        let fits = |key: &str| key.starts_with(prefix) && key.ends_with(suffix);
        self.fields.iter().filter(|(key, _)| fits(key)).count()
    }
}

struct Otherwise(Box<dyn Fn(&Sent) -> Answer + Send>);

impl std::fmt::Debug for Otherwise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Otherwise")
    }
}

#[derive(Debug, Default)]
struct Record {
    answers: VecDeque<Answer>,
    otherwise: Option<Otherwise>,
    sent: Vec<Sent>,
}

/// The far end of the wire. When its answers are used up and nothing is said for that, a request
/// is a test's mistake.
#[derive(Debug, Clone, Default)]
pub struct Wire(Arc<Mutex<Record>>);

impl Wire {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let record = Record { answers: answers.into_iter().collect(), ..Record::default() };
        Self(Arc::new(Mutex::new(record)))
    }

    /// Answers each request for what it asks, in whatever order they come.
    pub fn answering(otherwise: impl Fn(&Sent) -> Answer + Send + 'static) -> Self {
        let otherwise = Some(Otherwise(Box::new(otherwise)));
        let record = Record { otherwise, ..Record::default() };
        Self(Arc::new(Mutex::new(record)))
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().sent.clone()
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let fields = form_urlencoded::parse(body).into_owned().collect();
        let user_agent = request.headers().get("user-agent").unwrap_or_default().to_owned();
        let mut record = self.0.lock().unwrap();
        let sent = Sent { fields, user_agent };
        let answer = record.answers.pop_front();
        let answer = answer.or_else(|| record.otherwise.as_ref().map(|answer| (answer.0)(&sent)));
        record.sent.push(sent);
        HttpConnectorFuture::new(async move { respond(answer).await })
    }
}

async fn respond(answer: Option<Answer>) -> Result<HttpResponse, ConnectorError> {
    match answer {
        Some(Answer::Http(status, body)) => {
            let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            response.headers_mut().insert("x-amzn-requestid", "req-1");
            Ok(response)
        }
        Some(Answer::Cut) => {
            let body = SdkBody::from_body_1_x(CutBody);
            Ok(HttpResponse::new(200.try_into().unwrap(), body))
        }
        Some(Answer::Broken(kind)) => Err(ConnectorError::io(io::Error::from(kind).into())),
        Some(Answer::Never) => std::future::pending().await,
        None => Err(ConnectorError::user("the wire has no answer left".into())),
    }
}

struct CutBody;

impl hyper::body::Body for CutBody {
    type Data = bytes::Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}

/// A successful answer of an operation.
pub fn ok(operation: &str, result: &str) -> Answer {
    let body = format!(
        "<{operation}Response xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></{operation}Response>"
    );
    Answer::Http(200, body)
}

/// A refusal, as the API words it.
pub fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<ErrorResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
         <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>req-1</RequestId></ErrorResponse>"
    );
    Answer::Http(status, body)
}
