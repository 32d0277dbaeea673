"""What was acknowledged is there: byte for byte, and after a kill."""

import os
import poplib
import random
import smtplib
import threading
import time

from mailwright import LeftOut, Server, corpus, message, without_trace


# Python's POP3 client gives up on lines that real mail has.
poplib._MAXLINE = 1 << 20


def real_mail(count):
    """Real messages made CRLF, without an initial mbox line; odd ones first."""
    found = []
    for folder in ["mime4j-mimetools", "mailcore2-jwz", "mail-parser", "mimekit", "spamassassin", "sisimai"]:
        for path in sorted((corpus() / folder).rglob("*")):
            if path.suffix in (".json", ".xml", ".out", ".txt", ".bin", ".md", ".yml") or not path.is_file():
                continue
            raw = path.read_bytes()
            if raw.startswith(b"From "):
                raw = raw.partition(b"\n")[2]
            body = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
            if body.strip() and b":" in body.partition(b"\r\n")[0] and len(body) < 2_000_000:
                found.append(body if body.endswith(b"\r\n") else body + b"\r\n")
    random.Random(7).shuffle(found)
    assert len(found) >= count
    return found[:count]


def generated_mail(count):
    """Where there is no real mail: every octet, long lines, lone dots."""
    rng = random.Random(7)
    for n in range(count):
        octets = bytes(b for b in rng.randbytes(rng.randrange(4000)) if b not in b"\r\n")
        yield b"Subject: %d\r\n\r\n.\r\n..\r\n%s\r\n.%s\r\n" % (n, octets, b"x" * rng.randrange(3000))


def test_mail_comes_out_as_it_went_in():
    try:
        mails = real_mail(300)
    except LeftOut:
        mails = list(generated_mail(300))
    with Server(accounts=("bob",)) as server:
        with server.smtp(service="smtp") as smtp:
            for mail in mails:
                if smtp.sock is None:
                    smtp = server.smtp(service="smtp")
                smtp.mail("sender@elsewhere.test", ["BODY=8BITMIME"])
                smtp.rcpt("bob@example.test")
                # smtplib would repair line ends: send the octets as they are
                assert smtp.docmd("DATA")[0] == 354
                smtp.send((b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
                code, text = smtp.getreply()
                assert code == 250, (text, mail[:200])
                if mail is mails[-1] or mails.index(mail) % 50 == 49:
                    smtp.quit()
                    smtp = server.smtp(service="smtp")
        read = server.inbox("bob")
        assert [without_trace(m) for m in read] == mails
        pop = server.pop3("bob")
        for n, mail in enumerate(read, 1):
            assert b"\r\n".join(pop.retr(n)[1]) + b"\r\n" == mail, n
        pop.quit()


def test_a_kill_loses_nothing_that_was_acknowledged():
    """Deliveries from eight connections, with the server killed and started again in between, MAILWRIGHT_KILLS times."""
    wanted = int(os.environ.get("MAILWRIGHT_KILLS", 5))
    # A kill every so many acknowledgements; more often where there are many.
    step, count = (200, 2000) if wanted <= 5 else (15, 20 * wanted)
    with Server(accounts=("bob",)) as server:
        acknowledged, lock, todo = set(), threading.Lock(), iter(range(count))

        def deliver():
            smtp, number = None, None
            while True:
                with lock:
                    number = next(todo, None) if number is None else number
                if number is None:
                    return
                try:
                    if smtp is None:
                        smtp = smtplib.SMTP("127.0.0.1", server.ports["smtp"], "client.test", timeout=10)
                    # The first unexpected reply ends the connection: a shifted reply must not count.
                    smtp.sendmail("sender@elsewhere.test", ["bob@example.test"], message(f"mail-{number}"))
                    with lock:
                        acknowledged.add(number)
                    number = None
                    if random.random() < 0.02:
                        smtp.quit()
                        smtp = None
                except (smtplib.SMTPException, OSError):
                    if smtp:
                        smtp.close()
                    smtp = None
                    time.sleep(0.05)

        threads = [threading.Thread(target=deliver) for _ in range(8)]
        for thread in threads:
            thread.start()
        kills = 0
        while any(t.is_alive() for t in threads):
            time.sleep(0.001)
            if len(acknowledged) > step * (kills + 1) + random.randrange(step // 4):
                server.kill()
                server.start()
                kills += 1
        for thread in threads:
            thread.join()
        assert kills >= wanted and len(acknowledged) == count, (kills, len(acknowledged))
        subjects = [m.partition(b"Subject: mail-")[2].partition(b"\r\n")[0] for m in server.inbox("bob")]
        lost = acknowledged - {int(s) for s in subjects}
        assert not lost, f"{len(lost)} acknowledged mails are gone"
        # A copy may exist twice where the kill came between the commit and the reply (RFC 5321 §4.5.3.2.6), once a connection.
        assert len(subjects) - len(set(subjects)) <= kills * 8
