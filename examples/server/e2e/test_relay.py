"""Two servers and a name server: mail goes by MX from one to the other, waits, and comes back when it must."""

import email
import json
import socket
import threading
import time

from mailwright import NameServer, Server, free_port, message, until

ADDRESS_A, ADDRESS_B = "127.0.0.1", "127.0.0.2"


def pair(zone, retry='retry = ["1s"]', **b):
    """A at a.test and B at b.test, which share the port that mail goes to."""
    port = free_port()
    dns = NameServer(zone)
    delivery = f"port = {port}\n{retry}"
    a = Server("a.test", delivery=delivery, dns=dns.port, address=ADDRESS_A)
    b = Server("b.test", delivery=delivery, dns=dns.port, address=ADDRESS_B, ports={"smtp": port}, **b)
    return dns, a, b


ZONE = f"""
b.test. MX 10 mx1.b.test.
b.test. MX 20 mx2.b.test.
mx1.b.test. A {ADDRESS_B}
mx2.b.test. A 127.0.0.3
a.test. MX 10 mx.a.test.
mx.a.test. A {ADDRESS_A}
"""


def submit(server, to, subject):
    with server.smtp("alice") as smtp:
        smtp.sendmail("alice@a.test", [to], message(subject, "alice@a.test", to))


def bounce(server, name="alice", seconds=20):
    """The delivery status notification in the inbox."""
    mail = email.message_from_bytes(server.wait_for(name, 1, seconds)[0])
    assert mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "delivery-status"
    text, status, original = mail.get_payload()
    assert status.get_content_type() == "message/delivery-status"
    assert original.get_content_type() in ("message/rfc822", "text/rfc822-headers")
    fields = {k.lower(): v for block in status.get_payload() for k, v in block.items()}
    assert mail["Return-Path"] == "<>" and text.get_content_type() == "text/plain"
    return fields, text.get_payload(), original


def test_submitted_at_a_read_at_b():
    dns, a, b = pair(ZONE)
    with dns, a, b:
        submit(a, "bob@b.test", "over-the-hill")
        (mail,) = b.wait_for("bob")
        assert mail.startswith(b"Return-Path: <alice@a.test>\r\n")
        assert mail.count(b"\r\nReceived: ") == 2 and b"Subject: over-the-hill\r\n" in mail
        pop = b.pop3("bob")
        assert b"\r\n".join(pop.retr(1)[1]) + b"\r\n" == mail
        until("the queue of A is empty", lambda: json.loads(a.command("queue", "list", "--json")) == [])


def test_second_host_takes_it_when_the_first_is_down():
    dns, a, b = pair(ZONE.replace(f"mx1.b.test. A {ADDRESS_B}", "mx1.b.test. A 127.0.0.9")
                     .replace("mx2.b.test. A 127.0.0.3", f"mx2.b.test. A {ADDRESS_B}"))
    with dns, a, b:
        submit(a, "bob@b.test", "second-host")
        b.wait_for("bob")


def test_all_hosts_down_and_it_is_tried_again():
    dns, a, b = pair(ZONE)
    with dns, a:
        submit(a, "bob@b.test", "patience")
        (entry,) = until("the mail waits", lambda: json.loads(a.command("queue", "list", "--json")))
        story = until("an attempt was made",
                      lambda: (s := a.command("queue", "show", str(entry["id"]))) and "mx1.b.test" in s and s)
        assert "bob@b.test" in story
        with b:
            b.wait_for("bob")


def test_unknown_recipient_comes_back():
    dns, a, b = pair(ZONE)
    with dns, a, b:
        submit(a, "nobody@b.test", "wrong-door")
        fields, text, original = bounce(a)
        assert fields["action"] == "failed" and fields["status"].startswith("5.1."), fields
        assert fields["final-recipient"].replace(" ", "").lower() == "rfc822;nobody@b.test"
        assert "nobody@b.test" in text and "550" in text
        assert "wrong-door" in original.as_string()


def test_domain_that_does_not_exist_comes_back():
    dns, a, b = pair(ZONE)
    with dns, a:
        submit(a, "bob@gone.test", "no-such-place")
        assert bounce(a)[0]["status"] == "5.1.2"


def test_domain_that_takes_no_mail_comes_back():
    dns, a, b = pair(ZONE + "null.test. MX 0 .\n")
    with dns, a:
        submit(a, "bob@null.test", "null-mx")
        assert bounce(a)[0]["status"] == "5.1.10"


def test_it_expires_and_comes_back():
    dns, a, b = pair(ZONE, 'retry = ["1s"]\nexpire = "3s"')
    with dns, a:
        submit(a, "bob@b.test", "too-late")
        fields, text, _ = bounce(a, seconds=40)
        assert fields["action"] == "failed" and fields["status"] == "5.4.7", fields


def test_a_restart_keeps_the_queue():
    dns, a, b = pair(ZONE)
    with dns, a:
        submit(a, "bob@b.test", "through-the-night")
        until("the mail waits", lambda: json.loads(a.command("queue", "list", "--json")))
        a.kill()
        with b:
            a.start()
            b.wait_for("bob")


def test_queue_commands():
    dns, a, b = pair(ZONE, 'retry = ["1h"]')
    with dns, a:
        submit(a, "bob@b.test", "first")
        submit(a, "bob@b.test", "second")
        waiting = lambda: json.loads(a.command("queue", "list", "--json"))
        until("both wait", lambda: len(waiting()) == 2)
        first, second = [entry["id"] for entry in waiting()]
        a.command("queue", "cancel", str(second))
        with b:
            # The first attempt has failed by now; the next would be in an hour.
            until("an attempt", lambda: "mx1.b.test" in a.command("queue", "show", str(first)))
            a.command("queue", "retry", str(first))
            mails = b.wait_for("bob")
            assert len(mails) == 1 and b"Subject: first" in mails[0]
        assert "no" in a.command("queue", "show", str(second), ok=False)


def test_mx_command_explains():
    dns, a, b = pair(ZONE)
    with dns, a:
        plan = json.loads(a.command("mx", "b.test", "--json"))
        assert plan["result"]["Ok"]["hosts"][0]["name"] == "mx1.b.test" and "mta_sts" in plan, plan
        told = a.command("mx", "b.test")
        assert told.index("mx1.b.test") < told.index("mx2.b.test"), told


class Sink:
    """A server that gives scripted replies: a dict from verb to reply, or to a function of the count."""

    def __init__(self, address, port, replies):
        self.listener = socket.create_server((address, port))
        self.replies, self.seen = replies, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rwb") as stream:
            def say(text):
                stream.write(text.encode() + b"\r\n")
                stream.flush()
            say("220 sink")
            data = False
            for line in stream:
                if data and line != b".\r\n":
                    continue
                verb = "." if data else line[:4].decode().upper()
                data = verb == "DATA"
                self.seen.append(verb)
                reply = self.replies.get(verb, "354 go on" if data else "250 fine")
                say(reply(self.seen.count(verb)) if callable(reply) else reply)
                if verb == "QUIT":
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def test_greylisting_is_waited_out():
    dns, a, b = pair(ZONE)
    grey = lambda count: "450 4.7.1 come back" if count == 1 else "250 fine"
    with dns, a, Sink(ADDRESS_B, b.ports["smtp"], {"RCPT": grey}) as sink:
        submit(a, "bob@b.test", "grey")
        until("it was taken", lambda: "." in sink.seen)
        until("the queue is empty", lambda: json.loads(a.command("queue", "list", "--json")) == [])
        assert sink.seen.count(".") == 1 and a.inbox("alice") == []


def test_refusal_after_the_body_comes_back_with_the_servers_words():
    dns, a, b = pair(ZONE)
    with dns, a, Sink(ADDRESS_B, b.ports["smtp"], {".": "554 5.7.1 we do not like this"}):
        submit(a, "bob@b.test", "disliked")
        fields, text, _ = bounce(a)
        assert fields["status"] == "5.7.1" and "we do not like this" in fields["diagnostic-code"]
        assert "we do not like this" in text
