"""Postfix as the next hop and as the sender: TLS both ways, every octet as it was, one mail out for one mail in."""

import email.policy
import itertools
import random
import re
import smtplib
import socket
from email.message import EmailMessage

from mailwright import Server, message, until, without_trace
from postfix import Postfix

MAILS = 100


def attached(count, sender, to):
    """Mails with attachments, 8-bit text, lone dots and lines that begin with dots; CRLF, no line over 998 octets."""
    rng = random.Random(11)
    for n in range(count):
        mail = EmailMessage(policy=email.policy.SMTP.clone(cte_type="8bit"))
        mail["From"], mail["To"], mail["Subject"] = sender, to, f"attached-{n}"
        mail["Message-ID"], mail["Date"] = f"<{n}@client.test>", "Tue, 24 Nov 2026 10:00:00 +0000"
        mail.set_content("Grüße.\n.\n..\n.x\n\n" + "ä" * rng.randrange(400) + "\n", cte="8bit")
        for part in range(rng.randrange(1, 4)):
            mail.add_attachment(rng.randbytes(rng.randrange(60_000)), "application", "octet-stream", filename=f"{part}.bin")
        yield bytes(mail)


def relay(postfix):
    """A server that sends everything that is not for itself to this Postfix."""
    return Server(delivery=f'smarthost = "{postfix.address}:{postfix.port}"\nretry = ["1s"]')


def test_a_hundred_mails_to_postfix():
    mails = list(attached(MAILS, "alice@example.test", "box@postfix.test"))
    with Postfix() as postfix, relay(postfix) as server:
        with server.smtp("alice") as smtp:
            for mail in mails:
                smtp.sendmail("alice@example.test", ["box@postfix.test"], mail, ["BODY=8BITMIME"])
        received = postfix.wait_for(MAILS, 60)
        ends = {mail.replace(b"\r\n", b"\n") for mail in mails}
        for mail in received:
            at = mail.index(b"\nFrom: alice@example.test\n") + 1
            assert mail[at:] in ends, mail[:2000]
            ends.remove(mail[at:])
            assert b"using TLSv1.3" in mail[:at], mail[:at]
            assert b"with ESMTPSA" in mail[:at], mail[:at]
        assert not ends and len(received) == MAILS


def test_a_hundred_mails_from_postfix():
    mails = list(attached(MAILS, "alice@postfix.test", "bob@example.test"))
    with Server(accounts=("bob",)) as server, Postfix(routes={"example.test": server.ports["smtp"]}) as postfix:
        with smtplib.SMTP(postfix.address, postfix.port, "client.test", timeout=30) as smtp:
            for mail in mails:
                smtp.sendmail("alice@postfix.test", ["bob@example.test"], mail, ["BODY=8BITMIME"])
        received = server.wait_for("bob", MAILS, 60)
        assert sorted(mail[mail.index(b"\r\nFrom: ") + 2:] for mail in received) == sorted(mails)
        for mail in received:
            assert re.search(rb"Received: from mail\.postfix\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.example\.test with ESMTPS\r\n"
                             rb"\t\(TLSv1\.3 ", mail), mail[:1000]


def ends():
    """What ends have been made of: all 55,986 short strings of it, each on a line of its own in some long bodies, and a
    part of them at the very end of a body."""
    every = [b"".join(s) for n in range(1, 7) for s in itertools.product([b"\r", b"\n", b".", b"\0", b" ", b"a"], repeat=n)]
    assert len(every) == 55_986
    every = [end for end in every if b"\r\n.\r\n" not in b"x" + end + b"\r\n."]  # without what is an end
    # Those that a server may refuse are not in one body with others.
    odd = lambda end: (b"\0" in end, bool(re.search(rb"\r(?!\n)", end + b"\r\n")), bool(re.search(rb"(?<!\r)\n", end)))
    bodies = []
    for _, group in itertools.groupby(sorted(every, key=odd), odd):
        group = list(group)
        for at in range(0, len(group), 500):
            bodies.append(b"".join(b"\r\nbody" + end + b"\r\n.." for end in group[at:at + 500]))
    return every[:200] + random.Random(5).sample(every[200:], 100) + bodies


class Wire:
    """Sends octets behind DATA as they are, which no mail library does."""

    def __init__(self, address, port):
        self.socket = socket.create_connection((address, port), timeout=20)
        self.file = self.socket.makefile("rb")
        self.reply()
        self.tell(b"EHLO client.test")

    def reply(self):
        while (line := self.file.readline())[3:4] == b"-":
            pass
        return line

    def tell(self, line):
        self.socket.sendall(line + b"\r\n")
        return self.reply()

    def send(self, sender, recipients, content):
        """Whether the message was taken. A second reply would be to something that was smuggled."""
        self.tell(b"MAIL FROM:<" + sender + b">")
        for recipient in recipients:
            assert self.tell(b"RCPT TO:<" + recipient + b">").startswith(b"250")
        assert self.tell(b"DATA").startswith(b"354")
        taken = self.tell(content + b"\r\n.").startswith(b"250")
        if taken:
            assert self.tell(b"NOOP") == b"250 2.0.0 OK\r\n" or self.tell(b"NOOP") == b"250 2.0.0 Ok\r\n"
        return taken

    def close(self):
        self.file.close()
        self.socket.close()


def lines(content):
    """CRLF for each bare CR and LF."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", content)


def submitted_ends(server, to):
    """Submits every end for this address; the bodies that are to arrive, by number."""
    wanted = {}
    for n, end in enumerate(ends()):
        wanted[n] = lines(re.sub(rb"\r\n\.", b"\r\n", b"body" + end)) + b"\r\n"
        head = message(f"end-{n}", body="").decode().replace("bob@example.test", to).encode()
        if len(wanted) % 50 == 1:
            smtp = server.smtp("alice")
        smtp.mail("alice@example.test")
        smtp.rcpt(to)
        assert smtp.docmd("DATA")[0] == 354
        smtp.send(head + b"body" + end + b"\r\n.\r\n")
        assert smtp.getreply()[0] == 250, end
        if len(wanted) % 50 == 0:
            smtp.quit()
    return wanted


def compare(received, wanted):
    """Each is there once, octet for octet."""
    found = {int(re.search(rb"\r\nSubject: end-(\d+)\r\n", mail)[1]): mail.partition(b"\r\n\r\n")[2] for mail in received}
    assert len(received) == len(wanted) and found.keys() == wanted.keys()
    wrong = {n: (found[n], wanted[n]) for n in wanted if found[n] != wanted[n]}
    assert not wrong, wrong


def test_every_end_from_us_to_postfix():
    """What we take with bare newlines mended goes out once, as it was taken."""
    with Postfix() as postfix, relay(postfix) as server:
        wanted = submitted_ends(server, "box@postfix.test")
        received = postfix.wait_for(len(wanted), 20 + len(wanted) / 20)
        compare([mail.replace(b"\n", b"\r\n") for mail in received], wanted)


def test_every_end_along_chains():
    """Two of us, and two of us with Postfix between, the last hop by LMTP: one mail out for one in, and the same."""
    with Server(domain="far.test", accounts=("bob", "eve")) as far:
        with Server(delivery=f'smarthost = "127.0.0.1:{far.ports["smtp"]}"\nretry = ["1s"]') as server:
            wanted = submitted_ends(server, "bob@far.test")
            compare(far.wait_for("bob", len(wanted), 20 + len(wanted) / 20), wanted)
        with Postfix(routes={"far.test": f"lmtp:inet:127.0.0.1:{far.ports['lmtp']}"}) as postfix, relay(postfix) as server:
            wanted = submitted_ends(server, "eve@far.test")
            received = far.wait_for("eve", len(wanted), 20 + len(wanted) / 20)
            compare(received, wanted)
            for mail in received:
                assert re.search(rb"\tby mail\.far\.test with LMTP\r\n.*\tby mail\.postfix\.test .*with ESMTPS .*"
                                 rb"\tby mail\.example\.test with ESMTPSA\r\n", mail, re.S), mail


def test_every_end_from_postfix_to_us():
    """Whatever Postfix makes of an odd end, we get it once and as Postfix keeps it itself."""
    settings = {"smtpd_forbid_bare_newline": "normalize", "smtpd_forbid_bare_newline_exclusions": "",
                "smtpd_recipient_limit": "10", "anvil_rate_time_unit": "1s"}
    with Server(accounts=("bob",)) as server, \
            Postfix(routes={"example.test": server.ports["smtp"]}, settings=settings) as postfix:
        wire, taken = Wire(postfix.address, postfix.port), 0
        for n, end in enumerate(ends()):
            head = message(f"end-{n}", body="")
            taken += wire.send(b"a@postfix.test", [b"box@postfix.test", b"bob@example.test"], head + b"body" + end)
            if n % 50 == 49:
                wire.close()
                wire = Wire(postfix.address, postfix.port)
        wire.close()
        subject = lambda mail: re.search(rb"\nSubject: (end-\d+)\r?\n", mail)[1]
        kept = postfix.wait_for(taken, 60)
        kept = {subject(mail): mail.partition(b"\n\n")[2] for mail in kept}
        until("Postfix has sent all", lambda: not postfix.queue(), 60)
        received = server.inbox("bob")
        got = {subject(mail): mail.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n") for mail in received}
        returned = {subject(mail) for mail in postfix.inbox() if b"Undelivered Mail" in mail}
        assert len(received) == len(got) and taken == len(kept)
        assert got.keys() | returned == kept.keys() and not got.keys() & returned
        wrong = {n: (got[n], kept[n]) for n in got if got[n] != kept[n]}
        assert not wrong, wrong
