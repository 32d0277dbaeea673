"""DANE from end to end: a server that validates DNSSEC delivers by what a signed zone says of a host, or not."""

import hashlib
import json
import smtplib

from mailwright import NameServer, Server, free_port, message, trusting, until

ADDRESS = "127.0.0.2"
SIGNED = ["b.test", "mx.b.test"]


def fingerprint(server):
    """SHA-256 of the server's certificate, as a TLSA record with usage 3 and selector 0 has it (RFC 6698 §2.1)."""
    with smtplib.SMTP(server.address, server.ports["smtp"], timeout=10) as smtp:
        smtp.starttls(context=trusting())
        return hashlib.sha256(smtp.sock.getpeercert(True)).hexdigest()


def zone(port, tlsa, signed, forged=()):
    owner = f"_{port}._tcp.mx.b.test"
    lines = [f"b.test MX 10 mx.b.test", f"mx.b.test A {ADDRESS}", f"{owner} TLSA 3 0 1 {tlsa}"]
    lines += [f"{name} * !secure" for name in signed] + [f"{name} * !bogus" for name in forged]
    return "\n".join(lines).replace("TLSA-OWNER", owner)


def test_tlsa_records_of_a_signed_zone_decide():
    port = free_port()
    with Server("b.test", address=ADDRESS, ports={"smtp": port}) as b:
        right = fingerprint(b)
        wrong = hashlib.sha256(b"another").hexdigest()
        arrived = 0
        for what, tlsa, signed, forged, expected in [
            ("a match", right, [*SIGNED, "TLSA-OWNER"], [], None),
            ("not signed: the records do not count", wrong, [], [], None),
            ("a mismatch", wrong, [*SIGNED, "TLSA-OWNER"], [], "certificate"),
            ("forged TLSA records", right, SIGNED, ["TLSA-OWNER"], "its TLSA records are not known"),
            ("a forged list of hosts", right, ["mx.b.test", "TLSA-OWNER"], ["b.test"], "fails DNSSEC validation"),
        ]:
            dns = NameServer(zone(port, tlsa, signed, forged), signs=True)
            a = Server("a.test", delivery=f"port = {port}", dns=dns.port, anchors=dns.anchors)
            with dns, a:
                with a.smtp("alice") as smtp:
                    smtp.sendmail("alice@a.test", ["bob@b.test"], message("held to it", "alice@a.test", "bob@b.test"))
                if expected is None:
                    arrived += 1
                    b.wait_for("bob", arrived)
                    told = a.command("mx", "b.test")
                    assert ("matches 3 0 1 " + tlsa in told) == bool(signed), f"{what}: {told}"
                else:
                    def story():
                        mails = json.loads(a.command("queue", "list", "--json"))
                        return mails and mails[0]["recipients"][0]["attempts"] and mails[0]
                    mail = until(f"{what}: an attempt", story)
                    assert expected in json.dumps(mail), f"{what}: {mail}"
        assert len(b.wait_for("bob", arrived)) == arrived
