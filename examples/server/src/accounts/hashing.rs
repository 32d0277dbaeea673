//! Argon2id off the async threads, so many at once and no more.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use mailwright_sasl::{Secret, scram};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::{AccountError, credentials::Credentials};

/// How long a login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many wait at most; who comes later is told to come again.
const WAITING: usize = 256;

/// Hashes passwords. Each takes 19 MiB and some 20 ms; as many run at once as there are processors.
#[derive(Debug)]
pub(super) struct Hashing {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The hash of a password nobody has, for users who do not exist.
    decoy: std::sync::OnceLock<String>,
}

/// Too many at once.
#[derive(Debug)]
pub(super) struct Busy;

impl From<Busy> for AccountError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Hashing {
    pub(super) fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            running: Arc::new(Semaphore::new(processors)),
            waiting: Arc::new(Semaphore::new(processors + WAITING)),
            decoy: std::sync::OnceLock::new(),
        }
    }

    /// Whether this is the password, or one of the app passwords, of these credentials.
    pub(super) async fn verify(&self, stored: &[u8], password: &Secret) -> Result<bool, Busy> {
        let Some(credentials) = Credentials::read(stored) else {
            tracing::error!("stored credentials are damaged");
            return self.verify_nothing(password).await.map(|()| false);
        };
        if credentials.is_app_password(password) {
            return Ok(true);
        }
        let password = password.clone();
        self.run(move || is(&credentials.hash, &password)).await
    }

    /// Takes as long as [`verify`](Self::verify).
    pub(super) async fn verify_nothing(&self, password: &Secret) -> Result<(), Busy> {
        let known = self.decoy.get().cloned();
        let password = password.clone();
        let hash = self
            .run(move || {
                let hash = known.unwrap_or_else(|| hash(&Secret::new("nobody")).unwrap_or_default());
                is(&hash, &password);
                hash
            })
            .await?;
        self.decoy.get_or_init(|| hash);
        Ok(())
    }

    /// All that is kept of a password, which must have been prepared.
    pub(super) async fn derive(&self, password: Secret) -> Result<Credentials, AccountError> {
        let mut salts = [[0; 16]; 3];
        for salt in &mut salts {
            getrandom::fill(salt).map_err(AccountError::Randomness)?;
        }
        self.run(move || {
            let keys = scram::Keys::derive_all(&password, salts)
                .map_err(|error| AccountError::Hash(error.to_string()))?;
            let scram = keys.iter().map(|keys| keys.to_text().expose().to_owned()).collect();
            Ok(Credentials { hash: hash(&password)?, scram, app: Vec::new() })
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| Busy)?;
        let turn = timeout(PATIENCE, self.running.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Busy)?.map_err(|_| Busy)?;
        spawn_blocking(move || {
            // Held by the work, not by who waits for it: a client that leaves frees nothing that is in use.
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| Busy)
    }
}

fn hash(password: &Secret) -> Result<String, AccountError> {
    // Argon2id with the parameters of RFC 9106 §4 that OWASP asks for at least: 19 MiB, 2 passes, 1 lane.
    let hash = Argon2::default().hash_password(password.expose().as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| AccountError::Hash(error.to_string()))
}

/// With the parameters of the stored hash, whatever the present ones are.
fn is(hash: &str, password: &Secret) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}
