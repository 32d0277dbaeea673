"""Programs that keep copies of a mailbox, and the small senders: mbsync, msmtp, mpop, fetchmail, getmail, gsasl."""


import pathlib
import tempfile

from mailwright import PASSWORD, TARGET, LeftOut, Server, message, run, tool


def secret(folder, name, text):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_mbsync_both_ways_twice():
    """A thousand messages come down; local changes go up; the second time nothing changes."""
    mbsync = tool("mbsync")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        imap = server.imap("bob")
        for hundred in range(10):
            with server.smtp(service="smtp") as smtp:
                for n in range(100 * hundred, 100 * hundred + 100):
                    body = f"{n}\r\n" * (n % 50)
                    smtp.sendmail("a@elsewhere.test", ["bob@example.test"], message(f"sync-{n}", body=body))
        imap.select("INBOX")
        imap.store("1:600", "+FLAGS", r"(\Seen)")
        imap.create("Lists")
        box = pathlib.Path(folder) / "mail"
        box.mkdir()
        config = secret(folder, "mbsyncrc", f"""
IMAPAccount bob
Host 127.0.0.1
Port {server.ports['imap']}
User bob@example.test
Pass "{PASSWORD}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bob

MaildirStore near
Path {box}/
Inbox {box}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
""")
        sync = lambda: run(mbsync, "-c", config, "-a", timeout=120)
        sync()
        files = lambda name: sorted(p for d in ("cur", "new") for p in (box / name / d).iterdir())
        inbox = files("INBOX")
        assert len(inbox) == 1000 and (box / "Lists").is_dir()
        # Here: one is read, one is gone, one is new. There: one is flagged, one is gone.
        unread = next(p for p in inbox if not p.name.endswith("S"))
        unread.rename(unread.with_name(unread.name.split(":")[0] + ":2,S"))
        next(p for p in inbox if p.name.endswith("S")).unlink()
        (box / "INBOX" / "new" / "1.local").write_bytes(message("from-here").replace(b"\r\n", b"\n"))
        imap.select("INBOX")
        imap.store("500", "+FLAGS", r"(\Flagged)")
        imap.store("501", "+FLAGS", r"(\Deleted)")
        imap.expunge()
        sync()
        assert imap.select("INBOX")[1] == [b"999"]
        assert len(imap.search(None, "FLAGGED")[1][0].split()) == 1
        assert imap.search(None, "SUBJECT", "from-here")[1][0] != b""
        assert len(files("INBOX")) == 999
        before = (imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)")[1], files("INBOX"))
        sync()
        after = (imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)")[1], files("INBOX"))
        assert before == after, "the last time nothing changes"


def test_msmtp():
    msmtp = tool("msmtp")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        for n, (service, tls) in enumerate([("submission", "tls_starttls on"), ("submissions", "tls_starttls off")]):
            config = secret(folder, f"msmtprc{n}", f"""
account default
host 127.0.0.1
port {server.ports[service]}
from alice@example.test
auth on
user alice@example.test
password "{PASSWORD}"
tls on
{tls}
tls_certcheck off
""")
            run(msmtp, "-C", config, "bob@example.test", input=message(f"msmtp-{n}").replace(b"\r\n", b"\n"))
        mails = server.wait_for("bob", 2)
        assert b"Subject: msmtp-0" in mails[0] and b"Subject: msmtp-1" in mails[1]


def test_mpop():
    mpop = tool("mpop")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp("alice") as smtp:
            for n in range(3):
                smtp.sendmail("alice@example.test", ["bob@example.test"], message(f"mpop-{n}", body=".dots\r\n..\r\n"))
        (box := pathlib.Path(folder) / "mail").mkdir()
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir()
        config = secret(folder, "mpoprc", f"""
account default
host 127.0.0.1
port {server.ports['pop3']}
user bob@example.test
password "{PASSWORD}"
auth on
tls on
tls_starttls on
tls_certcheck off
keep off
delivery maildir {box}
uidls_file {folder}/uidls
received_header off
""")
        run(mpop, "-C", config)
        got = [p.read_bytes() for p in (box / "new").iterdir()]
        assert len(got) == 3 and all(b"\n.dots\n..\n" in mail.replace(b"\r\n", b"\n") for mail in got), got
        assert server.inbox("bob") == [], "what was fetched is gone"


def test_getmail():
    getmail = tool("getmail")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp("alice") as smtp:
            smtp.sendmail("alice@example.test", ["bob@example.test"], message("getmail"))
        for kind, service in [("SimplePOP3SSLRetriever", "pop3s"), ("SimpleIMAPSSLRetriever", "imaps")]:
            out = pathlib.Path(folder) / service
            secret(folder, "getmailrc", f"""
[retriever]
type = {kind}
server = 127.0.0.1
port = {server.ports[service]}
username = bob@example.test
password = {PASSWORD}
[destination]
type = MDA_external
path = /usr/bin/tee
arguments = ("{out}",)
allow_root_commands = true
ignore_stderr = true
[options]
read_all = true
delete = false
""")
            run(getmail, f"--getmaildir={folder}", "--rcfile=getmailrc")
            assert b"Subject: getmail" in out.read_bytes(), service


def test_fetchmail():
    fetchmail = tool("fetchmail")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp("alice") as smtp:
            smtp.sendmail("alice@example.test", ["bob@example.test"], message("fetchmail"))
        for protocol, service in [("pop3", "pop3s"), ("imap", "imaps")]:
            out = pathlib.Path(folder) / service
            config = secret(folder, "fetchmailrc", f"""
poll 127.0.0.1 protocol {protocol} service {server.ports[service]}
  user "bob@example.test" password "{PASSWORD}" ssl sslcertck off no sslcertck
  keep fetchall mda "cat >> {out}"
""".replace("sslcertck off ", ""))
            run(fetchmail, "-f", config, "--nosyslog", "--nodetach", "--pidfile", f"{folder}/pid",
                env={"HOME": folder, "FETCHMAILHOME": folder})
            assert b"Subject: fetchmail" in out.read_bytes(), service


def test_node_pop3():
    """A client in JavaScript: lists, reads, takes tops, deletes."""
    node = tool("node")
    if not (TARGET / "e2e" / "node_modules" / "node-pop3").is_dir():
        raise LeftOut("node-pop3 is not installed")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        with server.smtp("alice") as smtp:
            for n in range(3):
                smtp.sendmail("alice@example.test", ["bob@example.test"], message(f"node-{n}"))
        script = secret(folder, "pop3.cjs", f"""
const Pop3Command = require("node-pop3");
(async () => {{
  for (const [port, tls] of [[{server.ports["pop3s"]}, true], [{server.ports["pop3"]}, false]]) {{
    const pop3 = new Pop3Command({{ host: "127.0.0.1", port, tls, user: "bob@example.test",
      password: {PASSWORD!r}, tlsOptions: {{ rejectUnauthorized: false }} }});
    const ids = await pop3.UIDL();
    const mail = await pop3.RETR(1);
    const top = await pop3.TOP(1, 0);
    console.log(JSON.stringify([ids.length, mail.trimEnd().endsWith("\\r\\n\\r\\nHello."), mail.startsWith(top.trimEnd())]));
    await pop3.command("DELE", "1");
    await pop3.QUIT();
  }}
}})();
""")
        said = run(node, script, env={"NODE_PATH": str(TARGET / "e2e" / "node_modules"),
                                      "NODE_NO_WARNINGS": "1"}, timeout=30)
        assert said.split() == ["[3,true,true]", "[2,true,true]"], said
        assert len(server.inbox("bob")) == 1


def test_gsasl_proves_itself_by_scram():
    """A foreign SCRAM, against IMAP and SMTP; inside TLS bound to its channel."""
    gsasl = tool("gsasl")
    with Server() as server:
        bound = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
        for protocol, service in [("--imap", "imap"), ("--smtp", "submission")]:
            for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", *bound]:
                tls = ["--starttls", f"--x509-ca-file={server.folder / 'data' / 'certificate.pem'}"]
                tls = tls if mechanism in bound else ["--no-starttls"]
                said = run(gsasl, "--client", protocol, *tls, f"--mechanism={mechanism}",
                           "--authentication-id=bob@example.test", f"--password={PASSWORD}", "--hostname=localhost",
                           "--connect", f"localhost:{server.ports[service]}", input=b"\n", timeout=20)
                assert "authentication finished" in said.lower() or "Client authentication" in said, said
