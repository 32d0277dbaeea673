//! Logging in, with a store underneath.

use mailwright_sasl::{
    Nonce,
    client::{self, Mechanism},
    server::{Exchange, Step},
};
use mailwright_store::Limits;

use super::*;

pub(super) const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

pub(super) async fn accounts() -> (Accounts, Config, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::parse("domains = ['example.test']", "test").unwrap();
    config.data = folder.path().to_owned();
    let store = Backend::open(folder.path(), Limits::default()).await.unwrap();
    let accounts = Accounts::open(&config, store).unwrap();
    accounts.set_password(&config, "Alice@example.test", "correct horse").await.unwrap();
    (accounts, config, folder)
}

async fn log_in(accounts: &Accounts, user: &str, password: &str) -> Answer {
    let question = Question::Password { user: user.to_owned(), password: Secret::new(password) };
    accounts.answer(HERE, &question).await
}

/// Runs a whole exchange.
async fn exchange(
    accounts: &Accounts,
    mut server: Exchange,
    client: &mut dyn Mechanism,
) -> Result<Identity, Failure> {
    let mut step = server.start(client.initial().as_deref());
    loop {
        step = match step {
            Step::Challenge(challenge) => server.respond(&client.respond(&challenge).unwrap_or_default()),
            Step::Ask(question) => server.answer(accounts.answer(HERE, &question).await),
            Step::Done(identity) => {
                accounts.authenticated(HERE, &identity);
                return Ok(identity);
            }
            Step::Failed(failure) => return Err(failure),
        };
    }
}

#[tokio::test]
async fn the_right_password_in_any_spelling_of_the_address() {
    let (accounts, ..) = accounts().await;
    for user in ["alice@example.test", "ALICE@Example.Test", "alice"] {
        assert_eq!(
            log_in(&accounts, user, "correct horse").await,
            Answer::accept("alice@example.test"),
            "{user}"
        );
    }
    for (user, password) in
        [("alice", "wrong"), ("alice", "correct hors"), ("bob", "correct horse"), ("@", "x")]
    {
        assert_eq!(log_in(&accounts, user, password).await, Answer::refuse(), "{user}");
    }
}

#[tokio::test]
async fn a_changed_password_is_forgotten_at_once() {
    let (accounts, config, _folder) = accounts().await;
    assert_eq!(log_in(&accounts, "alice", "correct horse").await, Answer::accept("alice@example.test"));
    accounts.set_password(&config, "alice@example.test", "battery staple").await.unwrap();
    assert_eq!(log_in(&accounts, "alice", "correct horse").await, Answer::refuse());
    assert_eq!(log_in(&accounts, "alice", "battery staple").await, Answer::accept("alice@example.test"));
    accounts.remove("alice@example.test").await.unwrap();
    assert_eq!(log_in(&accounts, "alice", "battery staple").await, Answer::refuse());
}

#[tokio::test]
async fn scram_with_each_hash_and_more_often_than_guesses_are_allowed() {
    let (accounts, ..) = accounts().await;
    let policy = accounts.policy(false);
    for hash in Hash::ALL {
        for n in 0..8 {
            let secret = Secret::new("correct horse");
            let mut client = client::Scram::new(hash, "alice", &secret, &Nonce::new([n; 18]), false).unwrap();
            let server = policy.begin(client.name().as_str(), None).unwrap();
            let identity = exchange(&accounts, server, &mut client).await;
            assert_eq!(
                identity.map(|identity| identity.account).as_deref(),
                Ok("alice@example.test"),
                "{hash}"
            );
        }
    }
}

#[tokio::test]
async fn scram_fails_alike_for_a_wrong_password_and_an_unknown_user() {
    let (accounts, ..) = accounts().await;
    let policy = accounts.policy(false);
    for user in ["alice", "bob"] {
        let mut client =
            client::Scram::new(Hash::Sha256, user, &Secret::new("wrong"), &Nonce::new([1; 18]), false)
                .unwrap();
        let server = policy.begin("SCRAM-SHA-256", None).unwrap();
        assert_eq!(exchange(&accounts, server, &mut client).await, Err(Failure::Credentials), "{user}");
    }
}

#[tokio::test]
async fn guesses_are_throttled_and_the_right_one_is_too_late() {
    let (accounts, ..) = accounts().await;
    for n in 0..10 {
        assert_eq!(log_in(&accounts, "alice", &format!("guess {n}")).await, Answer::refuse());
    }
    assert_eq!(log_in(&accounts, "alice", "correct horse").await, Answer::Refuse(Failure::Throttled));
    assert_eq!(log_in(&accounts, "bob", "correct horse").await, Answer::Refuse(Failure::Throttled));
    let elsewhere = "192.0.2.7".parse().unwrap();
    let question = Question::Password { user: "alice".to_owned(), password: Secret::new("correct horse") };
    assert_eq!(accounts.answer(elsewhere, &question).await, Answer::accept("alice@example.test"));
}

#[tokio::test]
async fn app_passwords_come_and_go_and_survive_a_new_password() {
    let (accounts, config, _folder) = accounts().await;
    let phone = accounts.add_app_password("alice@example.test", "phone").await.unwrap();
    assert_eq!(phone.len(), 32);
    assert_eq!(log_in(&accounts, "alice", &phone).await, Answer::accept("alice@example.test"));
    accounts.set_password(&config, "alice@example.test", "battery staple").await.unwrap();
    assert_eq!(log_in(&accounts, "alice", &phone).await, Answer::accept("alice@example.test"));
    accounts.remove_app_password("alice@example.test", "phone").await.unwrap();
    assert!(accounts.remove_app_password("alice@example.test", "phone").await.is_err());
    assert_eq!(log_in(&accounts, "alice", &phone).await, Answer::refuse());
    assert!(accounts.add_app_password("bob@example.test", "phone").await.is_err());
}

#[tokio::test]
async fn nobody_acts_for_anybody_else() {
    let (accounts, config, _folder) = accounts().await;
    accounts.set_password(&config, "bob@example.test", "x").await.unwrap();
    let act = |authorization: &str| Question::ActAs {
        account: "alice@example.test".to_owned(),
        authorization: authorization.to_owned(),
    };
    assert_eq!(accounts.answer(HERE, &act("Alice")).await, Answer::accept("alice@example.test"));
    assert_eq!(accounts.answer(HERE, &act("bob")).await, Answer::Refuse(Failure::Authorization));
}

#[tokio::test]
async fn nothing_stored_has_the_password_in_it() {
    let (accounts, ..) = accounts().await;
    let account = accounts.store.account("alice@example.test").await.unwrap().unwrap();
    let stored = String::from_utf8(account.credentials.to_vec()).unwrap();
    assert!(!stored.contains("correct") && stored.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(stored.matches("SCRAM-SHA-").count(), 3);
}

#[tokio::test]
async fn addresses_and_passwords_that_cannot_be() {
    let (accounts, config, _folder) = accounts().await;
    for address in ["alice", "alice@elsewhere.test", "a b@example.test", "@example.test"] {
        assert!(accounts.set_password(&config, address, "x").await.is_err(), "{address}");
    }
    assert!(accounts.set_password(&config, "carol@example.test", "").await.is_err());
    assert!(accounts.set_password(&config, "carol@example.test", "a\0b").await.is_err());
}
