"""Who may speak for others: PROXY protocol on every port, XCLIENT, and what becomes of those who may not."""

import base64
import contextlib
import socket
import struct

from mailwright import PASSWORD, Server, message, trusting

PROXY = "127.0.0.2"
TRUST = f'[trust]\nproxy = ["{PROXY}"]\nxclient = ["127.0.0.3/32"]'
CLIENT = "192.0.2.77"
V1 = f"PROXY TCP4 {CLIENT} 198.51.100.1 4000 25\r\n".encode()
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H4s4sHH", 12, socket.inet_aton(CLIENT), socket.inet_aton("198.51.100.1"), 4000, 25)
LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"


class Line:
    """Speaks a line and hears lines."""

    def __init__(self, server, service, source="127.0.0.1", header=b"", tls=False):
        self.socket = socket.create_connection((server.address, server.ports[service]), 10, (source, 0))
        self.socket.sendall(header)
        if tls:
            self.socket = trusting().wrap_socket(self.socket, server_hostname="x")
        self.file = self.socket.makefile("rb")

    def hear(self):
        """One reply, all its lines, or nothing when the connection is closed."""
        lines = b""
        with contextlib.suppress(ConnectionError):
            while line := self.file.readline():
                lines += line
                if line[3:4] != b"-" or not line[:3].isdigit():
                    break
        return lines

    def tell(self, line):
        self.socket.sendall(line + b"\r\n")
        return self.hear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


def send(line, to, subject):
    line.tell(b"EHLO client.test")
    for command in [b"MAIL FROM:<a@elsewhere.test>", b"RCPT TO:<" + to.encode() + b">"]:
        assert line.tell(command).startswith(b"250"), command
    assert line.tell(b"DATA").startswith(b"354")
    assert line.tell(message(subject) + b".").startswith(b"250")


def test_a_proxy_speaks_for_its_clients_on_every_port():
    with Server(accounts=("bob",), extra=TRUST) as server:
        for header in [V1, V2]:
            with Line(server, "smtp", PROXY, header) as line:
                assert line.hear().startswith(b"220 ")
                send(line, server.user("bob"), "proxied")
        with Line(server, "smtp", PROXY, LOCAL) as line:
            assert line.hear().startswith(b"220 ")
            send(line, server.user("bob"), "health")
        *mails, health = server.wait_for("bob", 3)
        assert all(f"from client.test ([{CLIENT}])".encode() in mail for mail in mails), mails
        assert f"from client.test ([{PROXY}])".encode() in health
        for service, greeting, tls in [("submission", b"220 ", False), ("submissions", b"220 ", True), ("pop3", b"+OK", False),
                                       ("pop3s", b"+OK", True), ("imap", b"* OK", False), ("imaps", b"* OK", True)]:
            with Line(server, service, PROXY, V2, tls) as line:
                assert line.hear().startswith(greeting), service
                if service == "submission":
                    # Its client is not on this machine: no passwords without TLS.
                    assert b" PLAIN" not in line.tell(b"EHLO client.test")
            with Line(server, service, PROXY, b"" if tls else b"EHLO client.example.test\r\n") as line:
                if not tls:
                    assert line.hear() == b"", f"{service}: a proxy has to say who its client is"
        # Wrong guesses count for the client, not for the proxy.
        right = base64.b64encode(b"\0bob@example.test\0" + PASSWORD.encode())
        for n in range(12):
            with Line(server, "submissions", PROXY, V1, True) as line:
                line.hear()
                line.tell(b"EHLO client.test")
                said = line.tell(b"AUTH PLAIN " + base64.b64encode(b"\0bob@example.test\0wrong %d" % n))
        assert said.startswith(b"454 "), said
        with Line(server, "submissions", PROXY, V1.replace(b".77", b".78"), True) as line:
            line.hear()
            line.tell(b"EHLO client.test")
            assert line.tell(b"AUTH PLAIN " + right).startswith(b"235 ")


def test_who_is_not_trusted_speaks_for_nobody():
    with Server(accounts=("bob",), extra=TRUST) as server:
        for header, refusals in [(V1, [b"554 5.5.1"]), (V2, [b"500 5.5.2"] * 3)]:
            with Line(server, "smtp", header=header) as line:
                assert line.hear().startswith(b"220 ")
                for refusal in refusals:
                    assert line.hear().startswith(refusal)
                assert line.hear() == b"", "and there it ends"
        with Line(server, "smtp") as line:
            line.hear()
            line.tell(b"EHLO client.test")
            assert line.tell(b"XCLIENT ADDR=192.0.2.1").startswith(b"550 5.7.1 ")


def test_xclient():
    with Server(accounts=("alice", "bob"), extra=TRUST) as server:
        with Line(server, "smtp", "127.0.0.3") as line:
            line.hear()
            assert b"XCLIENT NAME ADDR " in line.tell(b"EHLO front.test")
            assert line.tell(f"XCLIENT ADDR={CLIENT} NAME=client.test".encode()).startswith(b"220 ")
            send(line, server.user("bob"), "fronted")
        (mail,) = server.wait_for("bob")
        assert f"from client.test ([{CLIENT}])".encode() in mail
        with Line(server, "submission", "127.0.0.3") as line:
            line.hear()
            line.tell(b"EHLO front.test")
            assert line.tell(f"XCLIENT ADDR={CLIENT} LOGIN=alice@example.test".encode()).startswith(b"220 ")
            line.tell(b"EHLO client.test")
            assert line.tell(b"MAIL FROM:<bob@example.test>").startswith(b"550 5.7.1 ")
            assert line.tell(b"MAIL FROM:<alice@example.test>").startswith(b"250 ")
