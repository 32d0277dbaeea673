//! Sends a mail file:
//! `cargo run --features tokio --example send -- HOST:PORT FROM TO FILE`.
//!
//! With `CA=cert.pem` in the environment, TLS is required (STARTTLS, or from the start on port 465), and with `LOGIN` and
//! `PASSWORD` it authenticates.

use std::{env, io, sync::Arc};

use mailwright_sasl::client::Plain;
use mailwright_smtp::{
    client::{Config, Envelope},
    tokio::{
        client::{Mailer, Reader, Security},
        client_tls,
    },
    types::{BodyType, Mail, Mailbox, Rcpt},
};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, from, to, file] = &arguments[..] else {
        return Err("usage: send HOST:PORT FROM TO FILE".into());
    };
    let (host, port) = server.rsplit_once(':').ok_or("expected HOST:PORT")?;
    let security = match env::var_os("CA") {
        None => Security::Plain,
        Some(ca) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(ca)? {
                roots.add(certificate?)?;
            }
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
            let tls = client_tls(Arc::new(config), ServerName::try_from(host.to_owned())?);
            if port == "465" { Security::Implicit(tls) } else { Security::Required(tls) }
        }
    };
    let content = tokio::fs::File::open(file).await?;
    let size = content.metadata().await?.len();

    let config = Arc::new(Config::new("localhost".parse()?));
    let stream = tokio::net::TcpStream::connect(server).await?;
    let mut mailer = Mailer::connect(stream, config, security).await?;
    if let (Ok(login), Ok(password)) = (env::var("LOGIN"), env::var("PASSWORD")) {
        mailer.authenticate(Box::new(Plain::new(&login, &password.into())?)).await?;
    }
    let mut mail = Mail::new(from.parse::<Mailbox>()?);
    mail.parameters.size = Some(size);
    mail.parameters.body = Some(BodyType::EightBitMime);
    let rcpts = vec![Rcpt::new(to.parse::<Mailbox>()?)];
    let delivery = mailer.send(Envelope { mail, rcpts }, Reader(content)).await?;
    for fate in &delivery.fates {
        println!("{:?}: {}", fate.stage, fate.reply);
    }
    mailer.quit().await?;
    if delivery.is_complete() { Ok(()) } else { Err(io::Error::other("not delivered").into()) }
}
