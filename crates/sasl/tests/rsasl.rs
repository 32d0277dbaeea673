//! Another implementation as an oracle, in both roles.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailwright_sasl::{
    Hash, Name, Nonce, Secret, Seed,
    client::{self, Mechanism},
    scram::Keys,
    server::{Answer, Failure, Identity, Policy, Question, Step},
};
use mailwright_wire::TlsInfo;
use rsasl::{
    callback::{Context, Request, SessionCallback, SessionData},
    mechanisms::{
        oauthbearer::properties::{OAuthBearerError, OAuthBearerValidate},
        scram::properties::ScramStoredPassword,
        xoauth2::properties::XOAuth2Validate,
    },
    prelude::{Mechname, SASLClient, SASLConfig, SASLServer, SessionError, Validation},
    property::{AuthId, AuthzId, ChannelBindings, OAuthBearerToken, Password},
    validate::{Validate, ValidationError},
};

const USER: &str = "tim";
const RIGHT: &str = "tanstaaftanstaaf";

fn tls() -> TlsInfo {
    TlsInfo { exporter: Some([5; 32]), peer_certificates: vec![vec![1]], ..TlsInfo::default() }
}

fn keys(hash: Hash) -> Keys {
    Keys::derive(hash, &Secret::new(RIGHT), [3; 16], 4096).unwrap()
}

/// What the other implementation asks, on both of its sides. The password is what its client has.
struct Other(&'static str);

struct Outcome;
impl Validation for Outcome {
    type Value = bool;
}

impl SessionCallback for Other {
    fn callback(
        &self,
        session: &SessionData,
        context: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        let name = session.mechanism().mechanism.as_str();
        // A server asks whether the token is good; theirs takes the whole of `auth=` for it.
        let is_right = context.get_ref::<OAuthBearerToken>().is_some_and(|token| token.ends_with(RIGHT));
        let invalid = OAuthBearerError::new("invalid_token", None, None);
        request
            .satisfy::<OAuthBearerValidate>(&if is_right { Ok(()) } else { Err(invalid) })?
            .satisfy::<XOAuth2Validate>(&if is_right { Ok(()) } else { Err("{}") })?;
        if let Some(hash) =
            Hash::ALL.into_iter().find(|hash| name.trim_end_matches("-PLUS") == Name::Scram(*hash).as_str())
        {
            // StoredKey and ServerKey in base64 are the last two parts of the text form.
            let text = keys(hash).to_text();
            let (stored, server) = text.expose().rsplit_once('$').unwrap().1.split_once(':').unwrap();
            let (stored, server) = (STANDARD.decode(stored).unwrap(), STANDARD.decode(server).unwrap());
            request.satisfy::<ScramStoredPassword<'_>>(&ScramStoredPassword::new(
                4096, &[3; 16], &stored, &server,
            ))?;
        }
        request
            .satisfy::<AuthId>(USER)?
            .satisfy::<Password>(self.0.as_bytes())?
            .satisfy::<OAuthBearerToken>(self.0)?
            .satisfy::<ChannelBindings>(&[5; 32])?;
        Ok(())
    }

    fn validate(
        &self,
        session: &SessionData,
        context: &Context<'_>,
        validate: &mut Validate<'_>,
    ) -> Result<(), ValidationError> {
        let name = session.mechanism().mechanism.as_str();
        validate.with::<Outcome, _>(|| {
            let user = context.get_ref::<AuthId>();
            let password = context.get_ref::<Password>();
            assert!(context.get_ref::<AuthzId>().unwrap_or_default().is_empty());
            Ok(match name {
                "PLAIN" | "LOGIN" => user == Some(USER) && password == Some(RIGHT.as_bytes()),
                "EXTERNAL" | "ANONYMOUS" => true,
                "OAUTHBEARER" => context.get_ref::<OAuthBearerToken>().is_some_and(|t| t.ends_with(RIGHT)),
                _ => user == Some(USER),
            })
        })?;
        Ok(())
    }
}

fn answer(question: Question) -> Answer {
    match question {
        Question::Password { user, password } if user == USER && password == Secret::new(RIGHT) => {
            Answer::accept(user)
        }
        Question::Keys { user, hash } if user == USER => Answer::Keys { account: user, keys: keys(hash) },
        Question::Token { token, .. } if token == Secret::new(RIGHT) => Answer::accept(USER),
        Question::Certificate { .. } | Question::Anonymous { .. } => Answer::accept(USER),
        _ => Answer::refuse(),
    }
}

/// Their client against our server.
fn theirs_to_ours(name: &str, password: &'static str) -> Result<Identity, Failure> {
    let policy = Policy::new(Seed::new([7; 32])).mechanisms(Name::ALL).plaintext_without_tls(true);
    let config = SASLConfig::builder().with_default_mechanisms().with_callback(Other(password)).unwrap();
    let mut client =
        SASLClient::new(config).start_suggested(&[Mechname::parse(name.as_bytes()).unwrap()]).unwrap();
    let mut server =
        policy.begin(name, Some(&tls()).filter(|_| name.ends_with("PLUS") || name == "EXTERNAL")).unwrap();
    let mut say = |input: Option<&[u8]>| {
        let mut out = Cursor::new(Vec::new());
        client.step(input, &mut out).ok().map(|_| out.into_inner())
    };
    let first = if client_begins(name) { say(None) } else { None };
    let mut step = server.start(first.as_deref());
    loop {
        step = match step {
            // Where theirs gives up, it has nothing to say.
            Step::Challenge(challenge) => server.respond(&say(Some(&challenge)).unwrap_or_default()),
            Step::Ask(question) => server.answer(answer(question)),
            Step::Done(identity) => return Ok(identity),
            Step::Failed(failure) => return Err(failure),
        };
    }
}

/// Our client against their server.
fn ours_to_theirs(mut client: Box<dyn Mechanism>) -> bool {
    let name = client.name().as_str();
    let config = SASLConfig::builder().with_default_mechanisms().with_callback(Other(RIGHT)).unwrap();
    let mut server = SASLServer::<Outcome>::new(config)
        .start_suggested(Mechname::parse(name.as_bytes()).unwrap())
        .unwrap();
    let mut said = client.initial();
    loop {
        let mut out = Cursor::new(Vec::new());
        let Ok(state) = server.step(said.as_deref(), &mut out) else { return false };
        let out = out.into_inner();
        if state.is_running() || !out.is_empty() {
            let Ok(response) = client.respond(&out) else { return false };
            said = Some(response);
        }
        if state.is_finished() {
            // LOGIN and PLAIN are judged by the callback, SCRAM by the exchange itself.
            return client.finish().is_ok() && server.validation().unwrap_or(true);
        }
    }
}

fn client_begins(name: &str) -> bool {
    name != "LOGIN"
}

fn scram_names() -> Vec<&'static str> {
    // Its forms with channel binding are in no registry that can be chosen: another program stands in, see the server's
    // end-to-end tests.
    Hash::ALL.map(|hash| Name::Scram(hash).as_str()).to_vec()
}

#[test]
fn their_client_logs_in_to_our_server() {
    for name in
        [scram_names(), vec!["PLAIN", "LOGIN", "ANONYMOUS", "EXTERNAL", "XOAUTH2", "OAUTHBEARER"]].concat()
    {
        let identity = theirs_to_ours(name, RIGHT).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(identity.mechanism.as_str(), name);
        assert_eq!(identity.account, USER, "{name}");
    }
}

#[test]
fn their_client_with_a_wrong_password_does_not() {
    for name in [scram_names(), vec!["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]].concat() {
        assert_eq!(theirs_to_ours(name, "wrong"), Err(Failure::Credentials), "{name}");
    }
}

fn ours(password: &str) -> Vec<Box<dyn Mechanism>> {
    let secret = Secret::new(password);
    let mut all: Vec<Box<dyn Mechanism>> = vec![
        Box::new(client::Plain::new(USER, &secret).unwrap()),
        Box::new(client::Login::new(USER, &secret).unwrap()),
        Box::new(client::XOAuth2::new(USER, &secret).unwrap()),
        Box::new(client::OAuthBearer::new(None, &secret, None).unwrap()),
    ];
    let nonce = Nonce::new([1; 18]);
    for hash in Hash::ALL {
        all.push(Box::new(client::Scram::new(hash, USER, &secret, &nonce, false).unwrap()));
    }
    all
}

/// Those that prove nothing.
fn ours_without_password() -> [Box<dyn Mechanism>; 2] {
    [
        Box::new(client::Anonymous::new("tim@example.test").unwrap()),
        Box::new(client::External::new(None).unwrap()),
    ]
}

#[test]
fn our_client_logs_in_to_their_server() {
    for client in ours(RIGHT).into_iter().chain(ours_without_password()) {
        let name = client.name();
        assert!(ours_to_theirs(client), "{name}");
    }
}

#[test]
fn our_client_with_a_wrong_password_does_not() {
    for client in ours("wrong") {
        let name = client.name();
        assert!(!ours_to_theirs(client), "{name}");
    }
}
