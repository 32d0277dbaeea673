//! What an operator asks of the server, running or not.
//!
//! A running server has the store to itself, so commands reach it through a socket in the data folder: a JSON request
//! on one line, a JSON response on one line. When no server runs, the store is opened for the one request.

use crate::{
    Config, StartError,
    accounts::Accounts,
    queue,
    server::{Backend, Shared, open_store},
    service::stopped,
};
use mailwright_delivery::Story;
use mailwright_store::Store;
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf, pin::pin, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::watch,
};

/// The longest request or response, in octets.
const MAX: u64 = 64 << 20;

/// One request.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Add an account, or set its password.
    AccountAdd {
        /// Its address.
        address: String,
        /// Its new password.
        password: String,
    },
    /// Remove an account and its mail.
    AccountRemove {
        /// Its address.
        address: String,
    },
    /// Name all accounts.
    AccountList,
    /// Name all mails that wait to go out.
    QueueList,
    /// Tell the story of one.
    QueueShow {
        /// Which.
        id: u64,
    },
    /// Try one now, or all.
    QueueRetry {
        /// Which; `None`: all.
        id: Option<u64>,
    },
    /// Drop one without telling its sender.
    QueueCancel {
        /// Which.
        id: u64,
    },
}

/// The answer to a [`Request`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Response {
    /// It was done.
    Done,
    /// The addresses of all accounts.
    Accounts(Vec<String>),
    /// All mails that wait.
    Queue(Vec<Story>),
    /// The story of one.
    Mail(Box<Story>),
    /// It could not be done.
    Failed(String),
}

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
    /// The running server could not be spoken to.
    #[error("running server: {0}")]
    Socket(#[from] io::Error),
    /// What it said is no response.
    #[error("running server: {0}")]
    Response(#[from] serde_json::Error),
    /// The store could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Puts a request to the running server, or does it on the store when no server runs.
///
/// # Errors
///
/// See [`AdminError`].
pub async fn call(config: &Config, request: Request) -> Result<Response, AdminError> {
    let response = match UnixStream::connect(socket(config)).await {
        Ok(stream) => ask(stream, &request).await?,
        Err(_) => {
            let store = open_store(config).await?;
            let accounts = Accounts::open(config, store.clone()).map_err(StartError::Account)?;
            let response = answer(config, &store, &accounts, request).await;
            store.close().await.map_err(StartError::Store)?;
            response
        }
    };
    match response {
        Response::Failed(why) => Err(AdminError::Failed(why)),
        response => Ok(response),
    }
}

async fn ask(mut stream: UnixStream, request: &Request) -> Result<Response, AdminError> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut response = Vec::new();
    stream.take(MAX).read_to_end(&mut response).await?;
    Ok(serde_json::from_slice(&response)?)
}

fn socket(config: &Config) -> PathBuf {
    config.data.join("control.socket")
}

/// Answers requests at the socket until told to stop.
///
/// # Errors
///
/// The socket can not be made.
pub(crate) fn serve(
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + Send, StartError> {
    let path = socket(&shared.config);
    // The store is ours alone by now, so a socket that is there already is left over.
    let _ = std::fs::remove_file(&path);
    let listener =
        UnixListener::bind(&path).map_err(|error| StartError::File { path: path.clone(), error })?;
    Ok(async move {
        let mut stop = pin!(stopped(stop));
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let shared = shared.clone();
            tokio::spawn(async move {
                if let Err(error) = respond(stream, &shared).await {
                    tracing::warn!(%error, "a command got no answer");
                }
            });
        }
        let _ = std::fs::remove_file(&path);
    })
}

async fn respond(stream: UnixStream, shared: &Shared) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    (&mut stream).take(MAX).read_until(b'\n', &mut line).await?;
    let response = match serde_json::from_slice(&line) {
        Ok(request) => {
            if matches!(request, Request::QueueRetry { .. }) {
                shared.down_hosts.clear(); // now means now
            }
            answer(&shared.config, &shared.store, &shared.accounts, request).await
        }
        Err(e) => Response::Failed(e.to_string()),
    };
    stream.write_all(&serde_json::to_vec(&response)?).await?;
    stream.shutdown().await
}

async fn answer(config: &Config, store: &Backend, accounts: &Accounts, request: Request) -> Response {
    let done = async {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(match request {
            Request::AccountAdd { address, password } => {
                accounts.set_password(config, &address, &password).await?;
                Response::Done
            }
            Request::AccountRemove { address } => {
                accounts.remove(&address).await?;
                Response::Done
            }
            Request::AccountList => Response::Accounts(
                store.accounts().await?.into_iter().map(|account| account.address).collect(),
            ),
            Request::QueueList => Response::Queue(queue::list(store).await?),
            Request::QueueShow { id } => Response::Mail(Box::new(queue::show(store, id).await?)),
            Request::QueueRetry { id } => {
                queue::retry(store, id).await?;
                Response::Done
            }
            Request::QueueCancel { id } => {
                queue::cancel(store, id).await?;
                Response::Done
            }
        })
    };
    done.await.unwrap_or_else(|e| Response::Failed(e.to_string()))
}
