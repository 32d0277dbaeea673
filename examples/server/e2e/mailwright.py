"""Servers, name servers and mail for the end-to-end run. Loopback only, everything bounded in time."""

import contextlib
import imaplib
import os
import pathlib
import poplib
import random
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TREE / "target"))
PROFILE = os.environ.get("MAILWRIGHT_PROFILE", "release")
BINARY = TARGET / PROFILE / "mailwright"
DNS = TARGET / PROFILE / "examples" / "scripted_dns"
SERVICES = ["smtp", "submission", "submissions", "lmtp", "pop3", "pop3s", "imap", "imaps"]
PASSWORD = "correct horse battery staple"


class LeftOut(Exception):
    """A test that this machine has not what it needs for."""


def free_port(given=set()):
    """A port on which nothing listens, below those that connections are given; none is given twice."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            if port not in given:
                given.add(port)
                return port


def until(what, condition, seconds=20):
    """Waits for the condition to give something true, and returns that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {seconds} s: {what}")


def tool(name):
    found = shutil.which(name)
    if not found:
        raise LeftOut(f"{name} is not installed")
    return found


def run(*command, input=None, ok=True, timeout=60, env=None):
    """Runs a command; asserts that it went well (or did not); returns its output."""
    done = subprocess.run(
        [str(c) for c in command], input=input, capture_output=True, timeout=timeout, env=env and {**os.environ, **env}
    )
    text = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert (done.returncode == 0) == ok, f"{command[0]} exited with {done.returncode}: {text}"
    return text


class Server:
    """A mailwright of our own, on free ports, with its data in a folder that goes with it."""

    def __init__(self, domain="example.test", accounts=("alice", "bob"), extra="", address="127.0.0.1", ports=None,
                 delivery="", dns=None, anchors=None, folder=None):
        self.domain, self.address = domain, address
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="mailwright-e2e-"))
        self.ports = {service: free_port() for service in SERVICES} | (ports or {})
        self.config = self.folder / "mailwright.toml"
        listen = "\n".join(f'{service} = "{address}:{port}"' for service, port in self.ports.items())
        servers = f'servers = ["127.0.0.1:{dns}"]' if dns else ""
        if anchors:
            servers += f'\ndnssec = true\ntrust_anchors = "{anchors}"'
        self.config.write_text(f"""
hostname = "mail.{domain}"
domains = ["{domain}"]
data = "{self.folder / 'data'}"
[listen]
{listen}
[dns]
{servers}
[delivery]
allow_private = true
{delivery}
{extra}
""")
        self.process = None
        for account in accounts:
            run(BINARY, "--config", self.config, "account", "add", f"{account}@{domain}", "--password-stdin",
                input=PASSWORD.encode() + b"\n")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, under=()):
        """Starts it, maybe under a program that goes on with the command it is given, as `strace -D` does."""
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([*under, BINARY, "--config", self.config], stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, "RUST_LOG": os.environ.get("RUST_LOG", "info")})
        lines = []
        for line in self.process.stdout:
            lines.append(line.decode())
            if line.strip() == b"mailwright ready":
                return self
        raise AssertionError("the server did not get ready: " + "".join(lines) + self.said())

    def said(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(15) == 0, "a stop is exit code 0: " + self.said()
        self.end()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.end()

    def end(self):
        if self.process:
            self.process.stdout.close()
            self.log.close()
        self.process = None

    def command(self, *words, ok=True, input=None):
        return run(BINARY, "--config", self.config, *words, ok=ok, input=input)

    def user(self, name):
        return f"{name}@{self.domain}"

    def smtp(self, name=None, service="submission", tls=True):
        """A logged-in SMTP connection, or a plain one where no name is given."""
        if service == "submissions":
            smtp = smtplib.SMTP_SSL(self.address, self.ports[service], "client.test", context=trusting(), timeout=30)
        else:
            smtp = smtplib.SMTP(self.address, self.ports[service], "client.test", timeout=30)
            if tls:
                smtp.starttls(context=trusting())
                smtp.ehlo()
        if name:
            smtp.login(self.user(name), PASSWORD)
        return smtp

    def imap(self, name, service="imaps"):
        if service == "imaps":
            imap = imaplib.IMAP4_SSL(self.address, self.ports[service], ssl_context=trusting(), timeout=30)
        else:
            imap = imaplib.IMAP4(self.address, self.ports[service], timeout=30)
            imap.starttls(ssl_context=trusting())
        imap.login(self.user(name), PASSWORD)
        return imap

    def pop3(self, name, service="pop3s"):
        if service == "pop3s":
            pop = poplib.POP3_SSL(self.address, self.ports[service], context=trusting(), timeout=30)
        else:
            pop = poplib.POP3(self.address, self.ports[service], timeout=30)
            pop.stls(context=trusting())
        pop.user(self.user(name))
        pop.pass_(PASSWORD)
        return pop

    def inbox(self, name):
        """All messages of an inbox, in order, as the bytes that came: `BODY[]` would have none that is 0."""
        imap = self.imap(name)
        try:
            assert imap.select(readonly=True)[0] == "OK"
            typ, data = imap.uid("FETCH", "1:*", "(BINARY.PEEK[])")
            assert typ == "OK", data
            return [part[1] for part in data if isinstance(part, tuple)]
        finally:
            imap.logout()

    def wait_for(self, name, count=1, seconds=20):
        return until(f"{count} mails for {name}", lambda: (m := self.inbox(name)) and len(m) >= count and m, seconds)


class NameServer:
    """A scripted DNS server with this zone; one that signs has written its key to `anchors` when it is entered."""

    def __init__(self, zone, signs=False):
        self.port = free_port()
        self.signs = signs
        handle, self.path = tempfile.mkstemp(suffix=".zone")
        os.write(handle, zone.encode())
        os.close(handle)
        self.anchors = self.path + ".anchors"

    def __enter__(self):
        command = [DNS, f"127.0.0.1:{self.port}", self.path] + [self.anchors] * self.signs
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline(), "the name server did not get ready"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for path in [self.path, self.anchors][: 1 + self.signs]:
            os.unlink(path)


def trusting():
    """TLS without a look at the certificate: it is the server's own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def message(subject, sender="alice@example.test", to="bob@example.test", body="Hello.\r\n"):
    return f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@client.test>\r\n" \
           f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n{body}".encode()


def without_trace(received):
    """The message without the fields that delivery put before it."""
    trace = re.compile(rb"(?:(?:Return-Path|Delivered-To|Received):[^\r]*\r\n(?:[ \t][^\r]*\r\n)*)", re.I)
    at = 0
    while (found := trace.match(received, at)) and b"mail." in received[at:found.end()] + b"mail.":
        at = found.end()
        if found.group().lower().startswith(b"received:"):
            break  # ours is the last that was put there; those of the message itself stay
    return received[at:]


def corpus():
    """Real messages with CRLF line ends, if there are any on this machine."""
    root = pathlib.Path(os.environ.get("MAILWRIGHT_CORPUS", TREE.parent / "shared" / "corpus"))
    if not root.is_dir():
        raise LeftOut("no corpus of real mail")
    return root
