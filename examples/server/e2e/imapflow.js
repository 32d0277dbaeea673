// Works through a mailbox as a mail program would, and prints what it found: `node imapflow.js OPTIONS`, which are JSON.
const { ImapFlow } = require("imapflow");
const { port, user, pass } = JSON.parse(process.argv[2]);
const client = new ImapFlow({
  host: "127.0.0.1", port, secure: true, auth: { user, pass }, tls: { rejectUnauthorized: false }, logger: false, qresync: true,
});
(async () => {
  const found = {};
  await client.connect();
  found.capabilities = [...client.capabilities.keys()];
  await client.mailboxCreate(["Läden", "Bücher"]);
  const added = await client.append("Läden/Bücher", "Subject: eins\r\nMessage-ID: <1@flow.test>\r\n\r\nfür dich\r\n", ["\\Seen"]);
  await client.append("Läden/Bücher", "Subject: zwei\r\nMessage-ID: <2@flow.test>\r\n\r\nzwei\r\n", [], new Date("2020-02-03T04:05:06Z"));
  found.uid = added.uid;
  found.mailboxes = (await client.list({ statusQuery: { messages: true, unseen: true } })).map((m) => [m.path, m.status.messages]);
  const lock = await client.getMailboxLock("Läden/Bücher");
  found.messages = [];
  for await (const m of client.fetch("1:*", { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, source: true })) {
    found.messages.push([m.uid, [...m.flags], m.envelope.subject, m.bodyStructure.type, m.source.length]);
  }
  const { content } = await client.download("1", "TEXT");
  let text = "";
  for await (const chunk of content) text += chunk;
  found.text = text;
  found.search = await client.search({ seen: false, since: "2020-02-01", before: "2020-03-01" }, { uid: true });
  found.body = await client.search({ body: "für" }, { uid: true });
  await client.messageFlagsAdd({ uid: "2" }, ["\\Flagged", "$Work"]);
  const moved = await client.messageMove({ uid: "1" }, "INBOX");
  found.moved = [...moved.uidMap.values()];
  await client.messageDelete({ uid: "2" });
  const noticed = new Promise((resolve) => client.once("exists", (news) => resolve(news.count)));
  await client.append("Läden/Bücher", "Subject: drei\r\n\r\n", []);
  found.noticed = await noticed;
  lock.release();
  await client.mailboxRename("Läden/Bücher", "Archiv");
  await client.mailboxDelete("Archiv");
  found.quota = await client.getQuota("INBOX");
  await client.logout();
  console.log(JSON.stringify(found));
})().catch((e) => { console.error(e); process.exit(1); });
