"""The two stacks, each on free loopback ports, with its files in a folder of its own."""

import os
import pathlib
import re
import signal
import subprocess
import time

from machine import TREE, free_port, memory, processor_seconds, wait_for_port, which

DOMAIN = "bench.test"
PASSWORD = "secret"
USERS = 50


class Ours:
    """The bundled server, with its defaults."""

    def __init__(self, folder, preload=None):
        self.folder = folder / "ours"
        self.folder.mkdir()
        self.preload = preload
        self.ports = {service: free_port() for service in ["smtp", "imap", "imaps", "pop3"]}
        listen = "\n".join(f'{service} = "127.0.0.1:{port}"' for service, port in self.ports.items())
        self.config = self.folder / "mailwright.toml"
        self.config.write_text(f"""
hostname = "ours.{DOMAIN}"
domains = ["{DOMAIN}"]
data = "{self.folder}/data"
[listen]
{listen}
[limits]
connections = 20000
""")
        self.binary = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TREE / "target")) / "release" / "mailwright"

    def __enter__(self):
        for n in range(USERS):
            self.command("account", "add", f"o{n}@{DOMAIN}", "--password-stdin", input=PASSWORD + "\n")
        env = {**os.environ, **({"LD_PRELOAD": str(self.preload)} if self.preload else {})}
        self.process = subprocess.Popen([self.binary, "--config", self.config], stdout=subprocess.DEVNULL,
                                        stderr=open(self.folder / "log", "ab"), env=env)
        for port in self.ports.values():
            wait_for_port(port)
        self.pids = [self.process.pid]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def command(self, *words, input=None):
        subprocess.run([self.binary, "--config", self.config, *words], input=input, text=True, check=True,
                       stdout=subprocess.DEVNULL)


class Dovecot:
    """Dovecot with Debian's defaults; `m` users have a Maildir, `s` users an sdbox."""

    def __init__(self, folder, preload=None, extra=""):
        self.folder = folder
        self.ports = {service: free_port() for service in ["imap", "pop3", "lmtp"]}
        self.config = self.folder / "dovecot.conf"
        formats = {"m": "maildir:~/Maildir", "s": "sdbox:~/sdbox"}
        users = []
        (self.folder / "home").mkdir()
        for prefix, location in formats.items():
            for n in range(USERS):
                home = self.folder / "home" / f"{prefix}{n}"
                home.mkdir()
                os.chown(home, 8, 8)
                users.append(f"{prefix}{n}@{DOMAIN}:{{PLAIN}}{PASSWORD}:8:8::{home}::userdb_mail={location}")
        (self.folder / "users").write_text("\n".join(users) + "\n")
        preload = f"import_environment = $import_environment LD_PRELOAD={preload}" if preload else ""
        self.config.write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 8
first_valid_gid = 8
mail_max_userip_connections = 0
{preload}
passdb {{
  driver = passwd-file
  args = username_format=%u {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {self.folder}/users
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {self.ports['imap']}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.ports['pop3']}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.ports['lmtp']}
  }}
}}
{extra}
""")

    def __enter__(self):
        self.process = subprocess.Popen([which("dovecot"), "-F", "-c", self.config],
                                        stderr=open(self.folder / "stderr", "wb"))
        for port in self.ports.values():
            wait_for_port(port)
        self.pids = [self.process.pid]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


REUSED = """
service imap-login {
  service_count = 0
  process_min_avail = 2
}
service imap {
  service_count = 1000
  process_min_avail = 2
}
"""


class Postfix:
    """Postfix with Debian's defaults, delivering by LMTP; what is for `discard.test` it throws away."""

    def __init__(self, folder, lmtp, preload=None):
        self.folder = folder
        self.port = free_port()
        self.config = self.folder / "config"
        for name in ["config", "queue", "data"]:
            (self.folder / name).mkdir()
        import pwd
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        # What is imported without it must be said again.
        preload = f"import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LD_PRELOAD={preload}" if preload else ""
        (self.config / "users").write_text("".join(
            f"{prefix}{n}@{DOMAIN} ok\n" for prefix in "ms" for n in range(USERS)))
        (self.config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = theirs.{DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
alias_maps =
alias_database =
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_maps = texthash:{self.config}/users
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_domains = discard.test
transport_maps = inline:{{ discard.test=discard: }}
{preload}
""")
        master = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
        services = []
        for line in master.splitlines():
            fields = line.split()
            if line[:1] not in ("#", " ", "") and len(fields) >= 8:
                fields[4] = "n"  # not in a jail: that would have to be filled first
                if fields[0] == "smtp" and fields[1] == "inet":
                    fields[0] = f"127.0.0.1:{self.port}"
            services.append(" ".join(fields) if fields and line[0] != " " else line)
        (self.config / "master.cf").write_text("\n".join(services) + "\n")

    def __enter__(self):
        self.run("start")
        wait_for_port(self.port)
        self.pids = [int(re.search(r"\d+", (self.folder / "queue/pid/master.pid").read_text())[0])]
        return self

    def __exit__(self, *_):
        self.run("stop")

    def run(self, word):
        done = subprocess.run([which("postfix"), "-c", self.config, word], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise SystemExit(f"postfix {word}: {done.stdout}{done.stderr}")


class Theirs:
    """Postfix in front of Dovecot."""

    def __init__(self, folder, preload=None, extra=""):
        self.folder = folder / "theirs"
        for name in ["", "dovecot", "postfix"]:
            (self.folder / name).mkdir()
        for at in [folder, self.folder, self.folder / "dovecot"]:
            at.chmod(0o755)
        self.dovecot = Dovecot(self.folder / "dovecot", preload, extra)
        self.postfix = Postfix(self.folder / "postfix", self.dovecot.ports["lmtp"], preload)

    def __enter__(self):
        self.dovecot.__enter__()
        self.postfix.__enter__()
        self.ports = {**self.dovecot.ports, "smtp": self.postfix.port}
        self.pids = self.dovecot.pids + self.postfix.pids
        time.sleep(0.5)
        return self

    def __exit__(self, *error):
        self.postfix.__exit__(*error)
        self.dovecot.__exit__(*error)


class Contender:
    """A stack and those of its users that keep their mail in one way."""

    def __init__(self, name, stack, prefix):
        self.name, self.stack, self.prefix = name, stack, prefix

    def user(self, n):
        return f"{self.prefix}{n}@{DOMAIN}"

    def port(self, service):
        return self.stack.ports[service]

    def processor_seconds(self):
        return processor_seconds(self.stack.pids)

    def memory(self):
        return memory(self.stack.pids)
