"""What an attacker sends: smuggled ends, injected plaintext, oversized lines and literals, relaying by every trick."""

import imaplib
import socket
import ssl
import time

from mailwright import Server, trusting


class Peer:
    """A socket that speaks whatever it is told to."""

    def __init__(self, server, service, greeting=b"\r\n"):
        self.socket = socket.create_connection((server.address, server.ports[service]), timeout=10)
        self.heard = b""
        if greeting:
            self.until(greeting)

    def send(self, octets):
        self.socket.sendall(octets)

    def until(self, end, seconds=10):
        """Reads until this comes; returns everything up to and with it."""
        limit = time.monotonic() + seconds
        while end not in self.heard:
            if time.monotonic() > limit:
                raise AssertionError(f"{end} did not come: {self.heard}")
            more = self.socket.recv(65536)
            if not more:
                raise AssertionError(f"closed before {end}: {self.heard}")
            self.heard += more
        at = self.heard.index(end) + len(end)
        found, self.heard = self.heard[:at], self.heard[at:]
        return found

    def rest(self, seconds=4):
        """Reads until the server closes, or for a while."""
        self.socket.settimeout(seconds)
        try:
            while more := self.socket.recv(65536):
                self.heard += more
        except (TimeoutError, ConnectionError):
            pass
        found, self.heard = self.heard, b""
        return found

    def tell(self, line, end=b"\r\n"):
        self.send(line + b"\r\n")
        return self.until(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def hello(server, service="smtp"):
    peer = Peer(server, service)
    peer.send(b"EHLO client.test\r\n")
    peer.until(b"\r\n250 ")
    peer.until(b"\r\n")
    return peer


ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r.\n", b"\n.\r", b"\r\n\0.\r\n",
        b"\r\n.\0\r\n", b"\r\n\0.\0\r\n", b"\r\n..\r\n", b"\r\n. \r\n", b"\r\n.\t\r\n", b"\r\n .\r\n", b"\x85.\x85",
        b"\r\x0b\n.\r\n", b"\x0c.\x0c", b"\xe2\x80\xa8.\xe2\x80\xa8", b"\n\n.\r\n", b"\r\r\n.\r\r\n", b"\r\n.\r\r\n"]


def test_nothing_but_crlf_dot_crlf_ends_a_message():
    with Server(accounts=("bob",)) as server:
        for end in ENDS:
            if b"\r\n.\r\n" in b"body" + end:
                continue
            for chunks in ([b"body" + end], [bytes([b]) for b in b"body" + end]):
                with hello(server) as peer:
                    peer.tell(b"MAIL FROM:<a@elsewhere.test>")
                    peer.tell(b"RCPT TO:<bob@example.test>")
                    assert peer.tell(b"DATA").startswith(b"354")
                    for chunk in chunks:
                        peer.send(chunk)
                    peer.send(b"MAIL FROM:<evil@elsewhere.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n")
                    said = peer.rest()
                    assert b"354" not in said, (end, said)
                    if b"\r" in end.replace(b"\r\n", b"") or b"\n" in end.replace(b"\r\n", b""):
                        assert said.startswith(b"550 5.5.2"), (end, said)
        assert not any(b"\r\n\r\nevil" in mail for mail in server.inbox("bob"))


def test_plaintext_behind_starttls_is_never_obeyed():
    with Server(accounts=("bob",)) as server:
        for service, start, ready, inject in [
            ("smtp", b"STARTTLS\r\n", b"220 ", b"NOOP\r\n"),
            ("submission", b"STARTTLS\r\n", b"220 ", b"MAIL FROM:<x@y.test>\r\n"),
            ("imap", b"a STARTTLS\r\n", b"a OK", b"b CAPABILITY\r\n"),
            ("pop3", b"STLS\r\n", b"+OK", b"CAPA\r\n"),
        ]:
            peer = hello(server, service) if "s" in service[:1] else Peer(server, service)
            with peer:
                peer.send(start + inject)
                try:
                    peer.until(ready)
                    peer.until(b"\r\n")
                    with trusting().wrap_socket(peer.socket, server_hostname="x") as tls:
                        tls.settimeout(2)
                        try:
                            said = tls.recv(1000)
                        except TimeoutError:
                            said = b""
                        assert not said, (service, said)
                except (AssertionError, ssl.SSLError, ConnectionError) as e:
                    assert "closed" in str(e) or not isinstance(e, AssertionError), (service, e)


def test_state_from_before_tls_is_gone():
    with Server(accounts=("bob",)) as server:
        with hello(server) as peer:
            assert peer.tell(b"STARTTLS").startswith(b"220")
            tls = trusting().wrap_socket(peer.socket, server_hostname="x")
            tls.sendall(b"MAIL FROM:<a@b.test>\r\n")
            assert tls.recv(1000).startswith(b"503"), "the EHLO of before does not count"


def test_no_way_to_relay():
    forms = ["<u@out.test>", "<u%out.test@example.test>", "<u%out.test>", '<"u@out.test"@example.test>',
             '<"u@out.test">', '<"u%out.test"@example.test>', '<"u%out.test">', "<@example.test:u@out.test>",
             "<@[127.0.0.1]:u@out.test>", "<out.test!u>", "<out.test!u@example.test>", "<out.test!u@[127.0.0.1]>",
             "<u@out.test@example.test>", "<u@out.test@[127.0.0.1]>", "<u%out.test@[127.0.0.1]>",
             '<"out.test!u"@example.test>', "<u@[192.0.2.1]>", "<u@out.test.>", "<u@out.test\0@example.test>",
             "<@example.test,@x.test:u@out.test>", "<u@example.test@out.test>", "<u%out.test%example.test@example.test>"]
    senders = ["a@elsewhere.test", "", "bob@example.test", "x@[127.0.0.1]"]
    with Server(accounts=("bob",)) as server:
        for sender in senders:
            for form in forms:
                with hello(server) as peer:
                    assert peer.tell(f"MAIL FROM:<{sender}>".encode()).startswith(b"250")
                    said = peer.tell(f"RCPT TO:{form}".encode())
                    assert said[:1] == b"5", (sender, form, said)


def test_lines_and_numbers_without_measure():
    with Server(accounts=("bob",)) as server:
        with hello(server) as peer:
            assert peer.tell(b"NOOP " + b"x" * 4000).startswith(b"250")
            assert peer.tell(b"NOOP " + b"x" * 5000).startswith(b"500")
            assert peer.tell(b"NOOP").startswith(b"250"), "a long line is skipped, the session lives"
            peer.send(b"x" * 100_000)
            assert b"500 " in peer.rest(), "a line without end is given up"
        for size in [b"18446744073709551616", b"99999999999999999999999999", b"-1", b"x", b""]:
            with hello(server) as peer:
                assert peer.tell(b"MAIL FROM:<a@b.test> SIZE=" + size)[:1] == b"5", size
        for size in [b"-1", b"9223372036854775808", b"18446744073709551616", b"0x10", b""]:
            with hello(server) as peer:
                peer.tell(b"MAIL FROM:<a@b.test>")
                peer.tell(b"RCPT TO:<bob@example.test>")
                assert peer.tell(b"BDAT " + size + b" LAST")[:1] == b"5", size
        assert server.inbox("bob") == []


def test_what_begins_like_another_protocol_is_sent_away():
    with Server(accounts=("bob",)) as server:
        for first in [b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n", b"connect x:25 HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00",
                      b"<html>\r\n", b"\xff\xfe\r\n", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"]:
            with Peer(server, "smtp") as peer:
                peer.send(first + b"EHLO x\r\nMAIL FROM:<a@b.test>\r\n")
                said = peer.rest()
                assert said[:4] in (b"500 ", b"554 ") and said.count(b"\r\n") == 1, (first, said)
        with Peer(server, "smtp") as peer:
            for line in [b"", b" EHLO client.test", b"EHLO", b"EHLO a b", b"EHLO \xff", b"NOOP\rQUIT", b"NOOP\0"]:
                assert peer.tell(line)[:2] == b"50", line
            assert peer.tell(b"HELO client.test").startswith(b"250 "), "a bad line does not end a session"


def test_what_a_submission_may_not_claim():
    own = {"From": "alice@example.test", "To": "bob@example.test", "Date": "Tue, 24 Nov 2026 10:00:00 +0000",
           "Message-ID": "<x@client.test>"}

    def submit(smtp, fields):
        smtp.mail("alice@example.test")
        smtp.rcpt("bob@example.test")
        return smtp.data("".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\nhi\r\n")

    with Server() as server:
        with server.smtp("alice") as smtp:
            for name in ["From", "Sender", "Date", "Message-ID"]:
                code, text = submit(smtp, [*own.items(), (name, own.get(name, "alice@example.test")), ("Sender", own["From"])])
                assert code == 550, (name, code, text)
            for claim in [("From", "bob@example.test"), ("From", "ceo@elsewhere.test"), ("Sender", "bob@example.test")]:
                code, text = submit(smtp, (own | dict([claim])).items())
                assert code == 550 and b"is not an address of alice" in text, (claim, code, text)
            assert smtp.mail("bob@example.test")[0] == 550
            assert submit(smtp, [*own.items(), ("Bcc", "secret@example.test")])[0] == 250
            assert submit(smtp, [("Subject", "bare")])[0] == 250
        whole, bare = server.wait_for("bob", 2)
        assert b"secret@" not in whole and b"Bcc" not in whole
        for name in [b"Date", b"Message-ID", b"From"]:
            assert bare.count(b"\r\n" + name + b": ") == 1, bare


def test_a_message_in_circles_is_refused():
    with Server(accounts=("bob",)) as server:
        with server.smtp(service="smtp") as smtp:
            for fields, code in [("Received: from a by b\r\n" * 99, 250), ("Received: from a by b\r\n" * 100, 554),
                                 ("Delivered-To: bob@example.test\r\n", 554), ("X:" + (" " + "y" * 900 + "\r\n") * 300, 552),
                                 ("X: " + "y" * 70_000 + "\r\n", 500)]:
                smtp.mail("a@elsewhere.test")
                smtp.rcpt("bob@example.test")
                found, text = smtp.data(fields.encode() + b"\r\nhi\r\n")
                assert found == code and (code != 554 or text.startswith(b"5.4.6")), (fields[:40], found, text)


def test_imap_before_login():
    with Server(accounts=("bob",)) as server:
        for literal in [b"4097", b"2147483648", b"9223372036854775808", b"18446744073709551616", b"-1"]:
            with Peer(server, "imap") as peer:
                peer.send(b"a LOGIN {" + literal + b"}\r\n")
                said = peer.until(b"\r\n")
                assert not said.startswith(b"+"), (literal, said)
        for command in [b"(" * 100_000, b"a SEARCH " + b"(" * 100_000, b"a NOOP " + b"x" * 9000, b"x" * 9000]:
            with Peer(server, "imap") as peer:
                peer.send(command + b"\r\nb NOOP\r\n")
                said = peer.rest(3)
                assert said and b"* BYE" in said or b"BAD" in said, (command[:20], said)
        with Peer(server, "imap") as peer:
            for n in range(3):
                peer.send(b"a%d SELECT INBOX\r\n" % n)
            assert b"BAD" in peer.until(b"\r\n")


def test_imap_after_login():
    with Server(accounts=("bob",)) as server:
        imap = server.imap("bob")
        imap.select("INBOX")
        assert imap.search(None, "NOT " * 60 + "ALL")[0] == "OK"
        assert imap.search(None, "(" * 50 + "ALL" + ")" * 50)[0] == "OK"
        for deep in ["NOT " * 10_000 + "ALL", "(" * 10_000 + "ALL" + ")" * 10_000, "OR " * 8_000 + "ALL " * 8_001]:
            try:
                raise LookupError(imap.search(None, deep))
            except imaplib.IMAP4.error as e:
                assert "BAD" in str(e), e
        start = time.monotonic()
        imap.list('""', '"' + "*a" * 60 + '*b"')
        assert time.monotonic() - start < 1
        assert imap.noop()[0] == "OK", "the session lives"
        imap.logout()


def test_pop3_arguments():
    with Server(accounts=("bob",)) as server:
        pop = server.pop3("bob")
        pop.sock.settimeout(5)
        for command in ["RETR 0", "RETR -1", "RETR 1x", "RETR", "RETR 1 2", "RETR 4294967296", "RETR 18446744073709551617",
                        "DELE 1", "TOP 1 -1", "LIST 9", "UIDL 0", "XYZZY"]:
            try:
                pop._shortcmd(command)
                raise LookupError(command)
            except Exception as e:
                assert "-ERR" in str(e), (command, e)
        assert pop.noop().startswith(b"+OK")
        pop.quit()


def test_a_drip_and_a_crowd_do_not_keep_others_out():
    """Two hundred connections that say nothing, while mail goes in."""
    with Server(accounts=("alice", "bob")) as server:
        crowd = [Peer(server, service, None) for service in ["smtp", "imap", "pop3", "imaps"] * 50]
        start = time.monotonic()
        with server.smtp("alice") as smtp:
            smtp.sendmail("alice@example.test", ["bob@example.test"], b"Subject: through\r\n\r\nthe crowd\r\n")
        server.wait_for("bob")
        assert time.monotonic() - start < 5
        for peer in crowd:
            peer.socket.close()
