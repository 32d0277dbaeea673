"""Accounts from the command line, logins of every protocol, guesses, and certificates that change."""

import imaplib
import poplib
import signal
import smtplib
import socket
import ssl
import subprocess

from mailwright import BINARY, PASSWORD, Server, message, run, trusting, until


def may_pop3(server, user, password):
    pop = poplib.POP3_SSL(server.address, server.ports["pop3s"], context=trusting(), timeout=10)
    try:
        pop.user(user)
        pop.pass_(password)
        pop.quit()
        return "yes"
    except poplib.error_proto as e:
        return str(e)


def may_smtp(server, user, password):
    with smtplib.SMTP_SSL(server.address, server.ports["submissions"], "client.test", context=trusting(),
                          timeout=10) as smtp:
        try:
            smtp.login(user, password)
            return "yes"
        except smtplib.SMTPResponseException as e:
            return f"{e.smtp_code} {e.smtp_error}"


def may_imap(server, user, password):
    imap = imaplib.IMAP4_SSL(server.address, server.ports["imaps"], ssl_context=trusting(), timeout=10)
    try:
        imap.login(user, password)
        imap.logout()
        return "yes"
    except imaplib.IMAP4.error as e:
        return str(e)


WAYS = [may_pop3, may_smtp, may_imap]


def test_one_store_of_accounts_behind_all_protocols():
    """Passwords, app passwords and aliases: set while the server runs and while it does not."""
    with Server() as server:
        user = "bob@example.test"
        app = server.command("account", "app-password", "add", user, "phone").strip()
        assert [way(server, user, app) for way in WAYS] == ["yes"] * 3
        assert server.command("account", "app-password", "list", user) == "phone\n"
        run(BINARY, "--config", server.config, "account", "password", user, "--password-stdin", input=b"another\n")
        assert [way(server, user, "another") for way in WAYS] == ["yes"] * 3
        assert [way(server, user, app) for way in WAYS] == ["yes"] * 3, "app passwords stay"
        assert "[AUTH]" in may_pop3(server, user, PASSWORD), "the old one is gone at once"
        server.command("account", "app-password", "remove", user, "phone")
        assert may_imap(server, user, app) != "yes"
        server.command("account", "alias", "add", user, "info@example.test")
        with server.smtp(service="smtp") as smtp:
            smtp.sendmail("a@elsewhere.test", ["info@example.test"], message("to-an-alias"))
        assert may_smtp(server, "info@example.test", "another") == "yes", "one may log in by any of one's addresses"
        server.stop()
        server.command("account", "alias", "remove", user, "info@example.test")
        assert server.command("account", "alias", "list", user) == ""
        run(BINARY, "--config", server.config, "account", "password", user, "--password-stdin",
            input=PASSWORD.encode() + b"\n")
        server.start()
        assert any(b"to-an-alias" in mail for mail in server.inbox("bob"))
        for words in (["account", "password", "nobody@example.test", "--password-stdin"],
                      ["account", "app-password", "remove", user, "phone"],
                      ["account", "alias", "add", user, "x@elsewhere.test"]):
            done = subprocess.run([BINARY, "--config", server.config, *words], input=b"x\n", capture_output=True,
                                  timeout=20)
            assert done.returncode == 1 and done.stderr.count(b"\n") == 1, done


def test_guesses_are_few_whatever_the_protocol_and_a_restart_gives_no_more():
    with Server() as server:
        for n in range(10):
            assert WAYS[n % 3](server, "alice@example.test", f"guess {n}") != "yes"
        for way in WAYS:
            said = way(server, "alice@example.test", PASSWORD)
            assert any(code in said for code in ("SYS/TEMP", "454", "LIMIT")), said
        server.kill()
        server.start()
        assert "SYS/TEMP" in may_pop3(server, "alice@example.test", PASSWORD), "after a kill"
        # From another network it is only the account's own count that matters, and that is not reached.
        with socket.create_connection((server.address, server.ports["pop3"]), 10, ("127.0.0.2", 0)) as peer:
            peer.recv(1000)
            peer.sendall(f"USER alice@example.test\r\nPASS {PASSWORD}\r\nQUIT\r\n".encode())
            said = b"".join(iter(lambda: peer.recv(1000), b""))
            assert b"+OK bye" in said and b"-ERR" not in said, said


def certificate(server, service="imaps", alpn=None):
    """The certificate that is served, in DER."""
    context = trusting()
    if alpn:
        context.set_alpn_protocols(alpn)
    with socket.create_connection((server.address, server.ports[service]), 10) as peer:
        with context.wrap_socket(peer, server_hostname="mail.example.test") as tls:
            return tls.getpeercert(binary_form=True), tls.selected_alpn_protocol()


def test_a_new_certificate_without_a_restart():
    with Server() as one, Server(domain="other.test") as other:
        files = [f"{one.folder}/cert.pem", f"{one.folder}/key.pem"]

        def take(server):
            for name, path in zip(("certificate.pem", "key.pem"), files):
                with open(path, "wb") as file:
                    file.write((server.folder / "data" / name).read_bytes())
        take(one)
        one.stop()
        one.config.write_text(one.config.read_text() + f'[tls]\ncertificate = "{files[0]}"\nkey = "{files[1]}"\n')
        one.start()
        before = certificate(one)[0]
        kept = one.imap("alice")
        take(other)
        assert certificate(one)[0] == before, "not before it is asked for"
        one.process.send_signal(signal.SIGHUP)
        until("the new certificate", lambda: certificate(one)[0] == certificate(other)[0])
        assert kept.noop()[0] == "OK", "who is connected stays so"
        with open(files[1], "w") as file:
            file.write("no key")
        one.process.send_signal(signal.SIGHUP)
        until("a line in the log", lambda: "key.pem" in one.said())
        assert certificate(one)[0] == certificate(other)[0], "what cannot be used is not"


def test_application_protocols():
    """RFC 7301 §3.2: what is offered has to be ours; who offers nothing is served."""
    with Server() as server:
        for service, ours, other in [("imaps", "imap", "pop3"), ("pop3s", "pop3", "imap"), ("submissions", "smtp", "h2")]:
            assert certificate(server, service)[1] is None
            assert certificate(server, service, [other, ours])[1] == ours
            try:
                certificate(server, service, [other])
                raise LookupError(service)
            except (ssl.SSLError, ConnectionError) as e:
                assert "no application protocol" in str(e).lower().replace("_", " "), e


def test_host_names_of_every_kind_change_nothing():
    """SNI of many names, and of ones that are no names."""
    with Server() as server:
        context = trusting()
        usual = certificate(server)[0]
        for n in range(200):
            with socket.create_connection((server.address, server.ports["imaps"]), 10) as peer:
                with context.wrap_socket(peer, server_hostname=f"x{n}.{'y' * 60}.test") as tls:
                    assert tls.getpeercert(binary_form=True) == usual
