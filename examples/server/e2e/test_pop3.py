"""POP3 to the letter: sizes, identifiers, numbers, deletions that hold and deletions that do not, lines of every length."""

import poplib
import smtplib
import socket

from mailwright import PASSWORD, Server, message, until

LOGIN = f"USER bob@example.test\r\nPASS {PASSWORD}\r\n".encode()


def session(server, *commands, before=LOGIN):
    """Says all of it at once, and returns all that is answered."""
    with socket.create_connection((server.address, server.ports["pop3"]), 10) as peer:
        peer.sendall(before + b"".join(command + b"\r\n" for command in commands))
        peer.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: peer.recv(1 << 16), b""))


def lines_after(said, start):
    """The lines of a multi-line answer, as they came."""
    said = said[said.index(start):]
    return said[said.index(b"\r\n") + 2:said.index(b"\r\n.\r\n") + 2]


def retrieve(server, number, *before):
    said = session(server, *before, b"RETR %d" % number, b"QUIT", before=b"")
    raw = lines_after(said, b" octets\r\n")
    return raw.replace(b"\r\n..", b"\r\n."), int(said[:said.index(b" octets\r\n")].rsplit(b" ", 1)[1])


def numbered(said, start):
    return [line.split(b" ")[1] for line in lines_after(said, start).splitlines()]


def deliver(server, *names):
    with server.smtp(service="smtp") as smtp:
        for name in names:
            smtp.sendmail("a@elsewhere.test", ["bob@example.test"], message(name))


ODD = [b"Subject: a\r\n\r\nb", b"Subject: a\n\nb\n.\n", b"Subject: a\r\rb\r", b"Subject: a\r\n\r\n.b\r\n\n", b"\n", b"x",
       b"Subject: a\r\n\r\nwhole\r\n"]


def test_sizes_are_the_octets_that_are_sent():
    """Whatever was put into the inbox by IMAP, and after it was flagged, moved away and back, and copied."""
    with Server() as server:
        imap = server.imap("bob")
        for octets in ODD:
            assert imap._simple_command("APPEND", "INBOX", "{%d+}\r\n" % len(octets) + octets.decode())[0] == "OK"
        imap.select("INBOX")
        imap.store("1:*", "FLAGS", r"(\Flagged)")
        imap.create("Away")
        assert imap._simple_command("MOVE", "1:*", "Away")[0] == "OK"
        imap.select("Away")
        assert imap.copy("1:*", "INBOX")[0] == "OK"
        imap.select("INBOX")
        stored = [imap.fetch(str(n + 1), "(FLAGS BODY.PEEK[])")[1] for n in range(len(ODD))]
        for octets, found in zip(ODD, stored):
            assert found[0][1] == octets and rb"\Flagged" in found[0][0] + (found[1] or b""), found
        sizes = [int(size) for size in numbered(session(server, b"LIST", b"QUIT"), b"+OK 7 messages (")]
        for n, octets in enumerate(ODD):
            raw, told = retrieve(server, n + 1, *LOGIN.splitlines())
            assert len(raw) == told == sizes[n], (octets, raw, told, sizes[n])
            assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
            regular = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
            assert raw.removesuffix(b"\r\n") == regular.removesuffix(b"\r\n"), (octets, raw)


def test_a_last_line_without_an_end_gets_one():
    with Server() as server:
        with smtplib.SMTP(server.address, server.ports["smtp"], "client.test", timeout=10) as smtp:
            smtp.ehlo()
            smtp.mail("a@elsewhere.test")
            smtp.rcpt("bob@example.test")
            smtp.send(b"BDAT 14 LAST\r\nSubject: a\r\n\r\n"[:-1] + b"\n")
            assert smtp.getreply()[0] == 250
            smtp.mail("a@elsewhere.test")
            smtp.rcpt("bob@example.test")
            smtp.send(b"BDAT 15 LAST\r\nSubject: a\r\n\r\nb")
            assert smtp.getreply()[0] == 250
        assert server.inbox("bob")[1].endswith(b"\r\n\r\nb\r\n")
        raw, told = retrieve(server, 2, *LOGIN.splitlines())
        assert len(raw) == told


def test_internationalised_mail():
    """RFC 6856 §2.1: as it is for who asked for UTF-8, and in US-ASCII for who did not."""
    with Server() as server:
        mail = "From: Jörg <jörg@elsewhere.test>\r\nTo: bob@example.test\r\nSubject: grün\r\n\r\nkörper\r\n".encode()
        with smtplib.SMTP(server.address, server.ports["smtp"], "client.test", timeout=10) as smtp:
            smtp.ehlo()
            smtp.mail("a@elsewhere.test", ["SMTPUTF8", "BODY=8BITMIME"])
            smtp.rcpt("bob@example.test")
            assert smtp.data(mail)[0] == 250
            smtp.sendmail("a@elsewhere.test", ["bob@example.test"], "Subject: grün\r\n\r\nk\r\n".encode(),
                          ["BODY=8BITMIME"])
        plain, _ = retrieve(server, 1, *LOGIN.splitlines())
        header, body = plain.split(b"\r\n\r\n", 1)
        assert header.isascii() and body == "körper\r\n".encode(), plain
        assert b"@invalid.invalid>" in header and b"Subject: =?utf-8?" in header, header
        assert retrieve(server, 1, b"UTF8", *LOGIN.splitlines())[0] == server.inbox("bob")[0]
        assert retrieve(server, 2, *LOGIN.splitlines())[0] == server.inbox("bob")[1], "a fault is passed on as it came"


def test_deletions_hold_only_after_quit():
    with Server() as server:
        deliver(server, "one", "two", "three")
        assert b"message 1 deleted" in session(server, b"DELE 1")
        assert session(server, b"STAT", b"QUIT").count(b"+OK 3 ") == 1, "the connection was lost"
        pop = server.pop3("bob", "pop3")
        pop.dele(1)
        server.kill()
        server.start()
        pop = server.pop3("bob", "pop3")
        assert pop.stat()[0] == 3, "the server was lost"
        ids = pop.uidl()[1]
        pop.dele(2)
        pop.quit()
        server.kill()
        server.start()
        pop = server.pop3("bob", "pop3")
        assert [i.split()[1] for i in pop.uidl()[1]] == [ids[0].split()[1], ids[2].split()[1]], "after +OK it is gone"
        pop.quit()


def test_identifiers_and_numbers_stay_whatever_imap_does():
    with Server() as server:
        deliver(server, "one", "two", "three", "four")
        ids = numbered(session(server, b"UIDL", b"QUIT"), b"unique-id listing")
        assert len(set(ids)) == 4
        pop = server.pop3("bob", "pop3")
        imap = server.imap("bob")
        imap.select("INBOX")
        imap.store("2", "+FLAGS", r"(\Deleted)")
        imap.expunge()
        deliver(server, "five")
        assert pop.stat()[0] == 4 and b"Subject: three" in pop.retr(3)[1]
        pop.dele(3)
        pop.quit()
        subjects = [mail[mail.index(b"Subject: "):].split(b"\r\n")[0] for mail in server.inbox("bob")]
        assert subjects == [b"Subject: one", b"Subject: four", b"Subject: five"], subjects
        imap.create("Away")
        imap.select("INBOX")
        assert imap._simple_command("MOVE", "1", "Away")[0] == "OK"
        imap.select("Away")
        assert imap._simple_command("MOVE", "1", "INBOX")[0] == "OK"
        server.stop()
        server.start()
        now = numbered(session(server, b"UIDL", b"QUIT"), b"unique-id listing")
        assert set(ids) & set(now) == {ids[0], ids[3]} and len(set(now)) == 3


def test_one_session_at_a_time_and_the_next_at_once():
    with Server() as server:
        deliver(server, "one")
        first = server.pop3("bob", "pop3")
        try:
            server.pop3("bob", "pop3")
            raise LookupError("two sessions")
        except poplib.error_proto as e:
            assert b"[IN-USE]" in e.args[0], e
        first.dele(1)
        first.close()
        assert b"+OK 1 " in session(server, b"STAT", b"QUIT"), "without a wait, and nothing is gone"
        read = server.pop3("bob", "pop3")
        read.top(1, 0)
        read.quit()
        imap = server.imap("bob")
        imap.select("INBOX", readonly=True)
        assert imap.search(None, "SEEN")[1] == [b""], "a look at the top is no reading"
        read = server.pop3("bob", "pop3")
        read.retr(1)
        read.quit()
        until("\\Seen", lambda: imap.noop() and imap.search(None, "SEEN")[1] == [b"1"])


def test_lines_and_errors():
    with Server() as server:
        for length, answer in [(255, b"+OK"), (512, b"+OK"), (513, b"-ERR"), (100_000, b"-ERR")]:
            said = session(server, b"USER " + b"x" * (length - 7), b"CAPA", b"QUIT", before=b"")
            assert said.splitlines()[1].startswith(answer), (length, said[:200])
        for nul in [b"USER bob\0@example.test", b"PASS a\0b", b"APOP bob\0 x"]:
            assert session(server, nul, b"QUIT", before=b"").splitlines()[1].startswith(b"-ERR"), nul
        said = session(server, *[b"XYZZY"] * 5, before=b"")
        assert said.count(b"-ERR") == 3, said
        said = session(server, *[b"XYZZY"] * 30)
        assert said.count(b"-ERR") == 20, said
        assert session(server, b"GET / HTTP/1.1", b"Host: x", b"NOOP", before=b"").count(b"\r\n") == 2
        for cancelled in [(b"AUTH PLAIN", b"*"), (b"AUTH SCRAM-SHA-256", b"*"), (b"AUTH PLAIN =",), (b"AUTH PLAIN !",)]:
            said = session(server, *cancelled, b"NOOP", b"QUIT", before=b"")
            assert b"-ERR" in said and said.endswith(b"+OK\r\n+OK bye\r\n"), (cancelled, said)
