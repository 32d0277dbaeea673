//! What an operator asks of the server, running or not.
//!
//! A running server has the store to itself, so commands reach it through a socket in the data folder: a JSON request
//! on one line, a JSON response on one line, before it maybe lines that tell how far it is. When no server runs, the store is opened for the one request.

mod account;

pub use account::AccountRequest;

use crate::{
    Config, StartError,
    accounts::Accounts,
    queue,
    server::{Backend, Shared, open_store},
    service::stopped,
    transfer::{self, Format},
};
use mailwright_delivery::Story;
use mailwright_store::{MailboxName, sqlite::Report};
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
    /// About accounts.
    Account(AccountRequest),
    /// Check the store, and repair what can be.
    StoreCheck,
    /// Copy the store as of now.
    StoreBackup {
        /// Into this folder, which the server must be able to write.
        folder: PathBuf,
    },
    /// Bring mail from files into an account.
    StoreImport {
        /// Its address.
        address: String,
        /// A Maildir, an mbox or a folder of these, which the server must be able to read.
        path: PathBuf,
        /// The mailbox that a Maildir or an mbox becomes; `None`: the inbox.
        mailbox: Option<String>,
    },
    /// Write the mail of an account into files.
    StoreExport {
        /// Its address.
        address: String,
        /// Into this folder, which the server must be able to write.
        folder: PathBuf,
        /// Only this mailbox.
        mailbox: Option<String>,
        /// How.
        format: Format,
    },
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
    /// More will follow: so much of so much is done.
    Progress {
        /// So much.
        done: u64,
        /// Of so much.
        total: u64,
    },
    /// What an account keeps, and may keep.
    Usage {
        /// Messages.
        messages: u64,
        /// Octets.
        octets: u64,
        /// Octets allowed; `None`: no limit.
        quota: Option<u64>,
    },
    /// What a check found.
    Checked(Checked),
    /// So many messages were brought from one place to another.
    Transferred {
        /// So many.
        messages: u64,
    },
    /// Addresses, or labels.
    Names(Vec<String>),
    /// A password that was made.
    Password(String),
    /// All mails that wait.
    Queue(Vec<Story>),
    /// The story of one.
    Mail(Box<Story>),
    /// It could not be done.
    Failed(String),
}

/// What a check found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Messages that were looked at.
    pub messages: u64,
    /// What was wrong, and was repaired.
    pub repaired: Vec<String>,
    /// What is wrong, and cannot be repaired.
    pub damaged: Vec<String>,
}

impl From<Report> for Checked {
    fn from(report: Report) -> Self {
        let messages = report.messages;
        let (repaired, damaged): (Vec<_>, Vec<_>) =
            report.findings.into_iter().partition(|found| found.repaired);
        let what =
            |of: Vec<mailwright_store::sqlite::Finding>| of.into_iter().map(|found| found.what).collect();
        Self { messages, repaired: what(repaired), damaged: what(damaged) }
    }
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
    call_with(config, request, &|_, _| ()).await
}

/// As [`call`], telling how far it is: so much done, of so much.
///
/// # Errors
///
/// See [`AdminError`].
pub async fn call_with(
    config: &Config,
    request: Request,
    progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<Response, AdminError> {
    let response = match UnixStream::connect(socket(config)).await {
        Ok(stream) => ask(stream, &request, progress).await?,
        Err(_) => {
            let store = open_store(config).await?;
            let accounts = Accounts::open(config, store.clone()).map_err(StartError::Account)?;
            let response = answer(config, &store, &accounts, request, progress).await;
            store.close().await.map_err(StartError::Store)?;
            response
        }
    };
    match response {
        Response::Failed(why) => Err(AdminError::Failed(why)),
        response => Ok(response),
    }
}

async fn ask(
    mut stream: UnixStream,
    request: &Request,
    progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<Response, AdminError> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut stream = BufReader::new(stream);
    loop {
        line.clear();
        (&mut stream).take(MAX).read_until(b'\n', &mut line).await?;
        match serde_json::from_slice(&line)? {
            Response::Progress { done, total } => progress(done, total),
            response => return Ok(response),
        }
    }
}

fn socket(config: &Config) -> PathBuf {
    config.data.join("control.socket")
}

/// Answers requests at the socket until told to stop.
///
/// # Errors
///
/// The socket cannot be made.
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
            let (tell, told) = watch::channel(None);
            let progress = move |done, total| {
                tell.send_replace(Some((done, total)));
            };
            let answering = async {
                // Taken in, so that the telling ends with the answer.
                let progress = progress;
                answer(&shared.config, &shared.store, &shared.accounts, request, &progress).await
            };
            let telling = tell_progress(&mut stream, told);
            let (response, ()) = tokio::join!(answering, telling);
            response
        }
        Err(e) => Response::Failed(e.to_string()),
    };
    write_line(&mut stream, &response).await?;
    stream.shutdown().await
}

async fn write_line(stream: &mut BufReader<UnixStream>, response: &Response) -> io::Result<()> {
    let mut line = serde_json::to_vec(response)?;
    line.push(b'\n');
    stream.write_all(&line).await
}

/// Writes the latest progress, until there is nobody who could tell more. Whoever asked may be gone: what was begun is
/// finished all the same.
async fn tell_progress(stream: &mut BufReader<UnixStream>, mut told: watch::Receiver<Option<(u64, u64)>>) {
    while told.changed().await.is_ok() {
        let latest = *told.borrow_and_update();
        if let Some((done, total)) = latest {
            let _ = write_line(stream, &Response::Progress { done, total }).await;
        }
    }
}

/// An `Option` in an `Option`, told apart in JSON: absent, `{"to": null}`, `{"to": 7}`.
mod twofold {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct To {
        to: Option<u64>,
    }

    // The form is serde's.
    #[allow(clippy::ref_option, clippy::option_option)]
    pub(super) fn serialize<S: Serializer>(value: &Option<Option<u64>>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|to| To { to }).serialize(to)
    }

    #[allow(clippy::option_option)]
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u64>>, D::Error> {
        Ok(Option::<To>::deserialize(from)?.map(|to| to.to))
    }
}

async fn answer(
    config: &Config,
    store: &Backend,
    accounts: &Accounts,
    request: Request,
    progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Response {
    let mailbox = |name: Option<String>| name.map(|name| MailboxName::new(&name)).transpose();
    let done = async {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(match request {
            Request::Account(request) => account::answer(config, store, accounts, request).await?,
            Request::StoreCheck => Response::Checked(store.check(progress).await?.into()),
            Request::StoreBackup { folder } => {
                let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
                let copying = store.backup(folder, move |done, total| {
                    let _ = tell.send((done, total));
                });
                let telling = async {
                    while let Some((done, total)) = told.recv().await {
                        progress(done, total);
                    }
                };
                let (copied, ()) = tokio::join!(copying, telling);
                copied?;
                Response::Done
            }
            Request::StoreImport { address, path, mailbox: name } => {
                let account = accounts.existing(&address).await?;
                let messages = transfer::import(store, &account, &path, mailbox(name)?, progress).await?;
                Response::Transferred { messages }
            }
            Request::StoreExport { address, folder, mailbox: name, format } => {
                let account = accounts.existing(&address).await?;
                let messages =
                    transfer::export(store, &account, &folder, mailbox(name)?, format, progress).await?;
                Response::Transferred { messages }
            }
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
