"""One server, and the clients that people have."""

import email
import email.policy
import imaplib
import json
import os
import pathlib
import re
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time

from mailwright import BINARY, PASSWORD, TARGET, LeftOut, Server, message, run, tool, trusting, until


def test_default_start_prints_commands_that_work():
    """Without a configuration: what is printed sends a mail and reads it back."""
    tool("curl")
    folder = tempfile.mkdtemp(prefix="mailwright-e2e-")
    process = subprocess.Popen([BINARY], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if line.strip() == b"mailwright ready":
                break
        printed = "".join(lines)
        assert printed.endswith("mailwright ready\n"), printed
        for service in ["smtp", "submission", "submissions", "lmtp", "pop3", "pop3s", "imap", "imaps"]:
            assert re.search(rf"^{service} +127\.0\.0\.1:\d+", printed, re.M), printed
        commands = printed[printed.index("# send a mail"):printed.index("mailwright ready")]
        shown = run("bash", "-euo", "pipefail", "-c", commands)
        assert shown.count("Subject: first light") == 2 and shown.count("Hello from the other end.") == 2, shown
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        # The second start knows the same account and keeps the mail.
        process = subprocess.Popen([BINARY], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        lines = [line.decode() for line in iter(process.stdout.readline, b"mailwright ready\n")]
        assert [l for l in lines if l.startswith("curl")] == [l for l in printed.splitlines(True) if l.startswith("curl")]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder)


def test_python_libraries():
    """smtplib, imaplib and poplib over STARTTLS and over implicit TLS."""
    with Server() as server:
        for service in ["submission", "submissions"]:
            with server.smtp("alice", service) as smtp:
                smtp.sendmail("alice@example.test", ["bob@example.test"], message(service))
        mails = server.wait_for("bob", 2)
        assert b"Subject: submission\r\n" in mails[0] and b"Subject: submissions\r\n" in mails[1]
        assert all(m.startswith(b"Return-Path: <alice@example.test>\r\n") for m in mails), mails[0]
        assert b" with ESMTPSA " in mails[0].replace(b"\r\n\t", b" "), mails[0]
        for service in ["pop3", "pop3s"]:
            pop = server.pop3("bob", service)
            count, octets = pop.stat()
            assert count == 2 and octets == sum(map(len, mails))
            retrieved = [b"\r\n".join(pop.retr(n)[1]) + b"\r\n" for n in (1, 2)]
            assert retrieved == mails
            assert len(set(pop.uidl(n).split()[2] for n in (1, 2))) == 2
            assert pop.top(1, 0)[1][-1] == b""
            pop.quit()
        for service in ["imap", "imaps"]:
            imap = server.imap("bob", service)
            assert imap.select("INBOX") == ("OK", [b"2"])
            assert imap.search(None, "SUBJECT", "submissions") == ("OK", [b"2"])
            imap.logout()


def test_imap_session():
    """What a client does in a day: folders, flags, copies, moves, expunges, searches, appends."""
    with Server() as server:
        with server.smtp("alice") as smtp:
            for n in range(5):
                smtp.sendmail("alice@example.test", ["bob@example.test"], message(f"number-{n}", body=f"Text {n} of five.\r\n"))
        server.wait_for("bob", 5)
        imap = server.imap("bob")
        ok = lambda result: (result[0] == "OK" and result[1]) or (_ for _ in ()).throw(AssertionError(result))
        ok(imap.create("Work"))
        ok(imap.create("Work/Plans"))
        assert any(b"Work/Plans" in line for line in ok(imap.list()))
        ok(imap.subscribe("Work"))
        assert any(b"Work" in line for line in ok(imap.lsub()))
        assert ok(imap.select("INBOX")) == [b"5"]
        envelope = ok(imap.fetch("1", "(ENVELOPE BODYSTRUCTURE INTERNALDATE RFC822.SIZE FLAGS UID)"))[0]
        assert b'"number-0"' in envelope and b'"alice" "example.test"' in envelope, envelope
        assert ok(imap.search(None, "BODY", '"Text 3"')) == [b"4"]
        assert ok(imap.search(None, "FROM", "alice", "NOT", "SUBJECT", "number-1")) == [b"1 3 4 5"]
        ok(imap.store("1:2", "+FLAGS", r"(\Seen \Flagged $Label1)"))
        assert ok(imap.search(None, "FLAGGED")) == [b"1 2"]
        assert ok(imap.search(None, "KEYWORD", "$Label1")) == [b"1 2"]
        ok(imap.copy("1:2", "Work"))
        ok(imap.uid("MOVE", "3", "Work/Plans"))
        ok(imap.store("1", "+FLAGS", r"(\Deleted)"))
        ok(imap.expunge())
        assert ok(imap.search(None, "ALL")) == [b"1 2 3"]
        header = ok(imap.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))[0][1]
        assert header == b"Subject: number-1\r\n\r\n", header
        part = ok(imap.fetch("1", "(BODY.PEEK[TEXT]<0.4>)"))[0][1]
        assert part == b"Text", part
        ok(imap.append("Work", r"(\Draft)", imaplib.Time2Internaldate(time.time()), message("draft")))
        assert b"MESSAGES 3" in ok(imap.status("Work", "(MESSAGES UNSEEN UIDNEXT)"))[0]
        ok(imap.rename("Work", "Job"))
        assert any(b"Job/Plans" in line for line in ok(imap.list()))
        ok(imap.delete("Job/Plans"))
        assert imap.select("Nowhere")[0] == "NO"
        imap.logout()


def test_imap_idle_tells_of_new_mail():
    with Server() as server:
        imap = server.imap("bob")
        imap.select("INBOX")
        imap.send(b"i1 IDLE\r\n")
        assert imap.readline().startswith(b"+ ")
        with server.smtp("alice") as smtp:
            smtp.sendmail("alice@example.test", ["bob@example.test"], message("wake-up"))
        assert imap.readline() == b"* 1 EXISTS\r\n"
        imap.send(b"DONE\r\n")
        while not (line := imap.readline()).startswith(b"i1 "):
            assert line.startswith(b"* "), line
        assert line.startswith(b"i1 OK"), line


def test_curl():
    """curl sends and reads by smtp, pop3 and imap, with STARTTLS and with implicit TLS."""
    tool("curl")
    with Server() as server:
        login = ["--user", f"alice@example.test:{PASSWORD}"]
        at = lambda service: f"{service.replace('submission', 'smtp')}://127.0.0.1:{server.ports[service]}"
        quiet = ["--silent", "--show-error", "--insecure", "--max-time", "30"]
        for service, tls in [("submission", ["--ssl-reqd"]), ("submissions", []), ("submission", [])]:
            run("curl", *quiet, *tls, "--url", at(service), *login, "--mail-from", "alice@example.test",
                "--mail-rcpt", "alice@example.test", "--upload-file", "-", input=message("curl"))
        want = len(server.wait_for("alice", 3))
        for service, tls in [("imap", ["--ssl-reqd"]), ("imaps", []), ("pop3", ["--ssl-reqd"]), ("pop3s", [])]:
            path = "/INBOX;MAILINDEX=2" if service.startswith("imap") else "/2"
            assert "Subject: curl" in run("curl", *quiet, *tls, "--url", at(service) + path, *login), service
        listed = run("curl", *quiet, "--url", at("pop3s"), *login)
        assert len(listed.split()) == 2 * want, listed


def test_swaks():
    """swaks with STARTTLS and each AUTH mechanism it shares with us."""
    swaks = tool("swaks")
    with Server() as server:
        for n, mechanism in enumerate(["PLAIN", "LOGIN"]):
            run(swaks, "--server", "127.0.0.1", "--port", server.ports["submission"], "--tls", "--auth", mechanism,
                "--auth-user", "alice@example.test", "--auth-password", PASSWORD, "--from", "alice@example.test",
                "--to", "bob@example.test", "--attach", f"@{__file__}", "--header", f"Subject: swaks {mechanism}")
            assert f"Subject: swaks {mechanism}".encode() in server.wait_for("bob", n + 1)[-1]
        refused = run(swaks, "--server", "127.0.0.1", "--port", server.ports["smtp"], "--from", "a@elsewhere.test",
                      "--to", "b@nowhere.test", ok=False)
        assert "<** 550" in refused or "<** 554" in refused, refused


def test_strangers_can_not_relay_nor_send_as_us():
    with Server() as server:
        with server.smtp(service="smtp") as smtp:
            smtp.mail("someone@elsewhere.test")
            for rcpt in ["x@outside.test", "x%outside.test@example.test", '"x@outside.test"@example.test',
                         "outside.test!x", "@example.test:x@outside.test", "x@[192.0.2.1]", "nobody@example.test"]:
                code = smtp.docmd("RCPT", f"TO:<{rcpt}>")[0]
                assert 500 <= code < 600, (rcpt, code)
            assert smtp.docmd("RCPT", "TO:<bob@example.test>")[0] == 250
            assert smtp.docmd("RCPT", "TO:<postmaster>")[0] == 250
        with server.smtp("alice") as smtp:
            assert 500 <= smtp.mail("bob@example.test")[0] < 600, "alice is not bob"
        with server.smtp(service="submission") as smtp:
            assert smtp.mail("alice@example.test")[0] == 530, "submission needs a login"


def test_wrong_passwords_are_refused_everywhere():
    with Server(accounts=("alice",)) as server:
        smtp = server.smtp()
        try:
            smtp.login("alice@example.test", "wrong")
            raise AssertionError("logged in with a wrong password")
        except smtplib.SMTPAuthenticationError as e:
            assert e.smtp_code == 535, e
        imap = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=trusting(), timeout=30)
        try:
            imap.login("nobody@example.test", "wrong")
            raise AssertionError("logged in as nobody")
        except imaplib.IMAP4.error as e:
            assert "AUTHENTICATIONFAILED" in str(e), e


def test_command_line():
    """Exit codes and the one clear line."""
    with Server(accounts=("alice",)) as server:
        assert server.command("account", "list").split() == ["alice@example.test"]
        assert server.command("check") == ""
        assert "alice" not in server.command("account", "remove", "alice@example.test")
        assert server.command("account", "list") == ""
        missing = server.command("account", "remove", "alice@example.test", ok=False)
        assert missing.count("\n") == 1 and "alice@example.test" in missing, missing
        second = server.command("serve", ok=False)
        assert second.count("\n") == 1, second
    bad = Server(accounts=())
    bad.config.write_text('hostname = "mail.example.test"\n[listen]\nsmtp = "127.0.0.1:2525"\nimpa = "127.0.0.1:1"\n')
    said = bad.command("check", ok=False)
    assert re.fullmatch(r".*mailwright\.toml:4: impa: .*\n", said), said
    assert subprocess.run([BINARY, "frobnicate"], capture_output=True).returncode == 2


def test_nodemailer():
    """A pool of connections, STARTTLS and TLS at once, DSN, names and files outside ASCII."""
    node, modules = tool("node"), TARGET / "e2e" / "node_modules"
    if not (modules / "nodemailer").is_dir():
        raise LeftOut("nodemailer is not installed")
    script = pathlib.Path(__file__).with_name("nodemailer.js")
    with Server() as server:
        for service, secure in [("submission", False), ("submissions", True)]:
            options = {"port": server.ports[service], "secure": secure, "user": server.user("alice"), "pass": PASSWORD,
                       "to": server.user("bob"), "count": 5}
            said = run(node, script, json.dumps(options), env={"NODE_PATH": str(modules)}).splitlines()
            assert len(said) == 6 and said[5] == "half was taken", said
            for line in said[:5]:
                accepted, rejected, response = json.loads(line)
                assert (accepted, rejected) == ([server.user("bob")], []) and response.startswith("250 2.0.0 Taken as "), line
        mails = [email.message_from_bytes(mail, policy=email.policy.default) for mail in server.wait_for("bob", 12)]
        files = [part.get_content() for mail in mails for part in mail.iter_attachments() if part.get_filename() == "näme.bin"]
        assert sorted(files) == sorted(bytes([n]) * 20000 for n in range(5) for _ in range(2))
        texts = [mail.get_body(("plain",)).get_content() for mail in mails if mail["Subject"]]
        assert texts == [".\r\n..\r\nGrüße\r\n"] * 10, texts
