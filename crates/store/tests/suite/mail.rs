//! Accounts, mailboxes and messages.

use super::*;
use mailwright_store::{
    AccountChange, AclChange, AclEntry, Criterion, Error, Expunge, FlagChange, Flags, Grantee, ModSeq,
    SpecialUse, Wants,
};

pub async fn accounts_have_addresses_that_nobody_else_has<S: Store>(store: S) {
    let ann = NewAccount { aliases: vec!["info@example.test".into()], ..new_account("ann@example.test") };
    let ann = store.create_account(ann).await.unwrap();
    for taken in ["ann@example.test", "info@example.test"] {
        let again = store.create_account(new_account(taken)).await;
        assert!(matches!(again, Err(Error::AlreadyExists(_))), "{taken}: {again:?}");
    }
    assert_eq!(store.account("info@example.test").await.unwrap().unwrap().id, ann.id);
    let change = AccountChange { credentials: Some("secret".into()), aliases: Some(vec![]), quota: None };
    let changed = store.change_account(ann.id, change).await.unwrap();
    assert_eq!((changed.credentials, changed.aliases), ("secret".into(), vec![]));
    assert!(store.account("info@example.test").await.unwrap().is_none());
    store.remove_account(ann.id).await.unwrap();
    assert!(store.accounts().await.unwrap().is_empty());
    assert!(matches!(store.remove_account(ann.id).await, Err(Error::NoSuchAccount)));
}

pub async fn mailboxes_are_made_renamed_and_deleted_with_what_is_below<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await.id;
    store.create_mailbox(ann, &name("a/b/c"), Some(SpecialUse::Archive)).await.unwrap();
    let names = || async {
        let all = store.mailboxes(ann).await.unwrap();
        all.into_iter().map(|mailbox| mailbox.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["INBOX", "a", "a/b", "a/b/c"]);
    let before = store.mailbox(ann, &name("a/b")).await.unwrap().unwrap();
    store.rename_mailbox(ann, &name("a"), &name("x/y")).await.unwrap();
    assert_eq!(names().await, ["INBOX", "x", "x/y", "x/y/b", "x/y/b/c"]);
    assert_eq!(
        store.mailbox(ann, &name("x/y/b")).await.unwrap().unwrap().id,
        before.id,
        "a rename keeps the number"
    );
    assert!(matches!(store.rename_mailbox(ann, &name("x"), &name("x/z")).await, Err(Error::Forbidden(_))));
    assert!(matches!(
        store.rename_mailbox(ann, &name("x/y"), &name("x")).await,
        Err(Error::AlreadyExists(_))
    ));
    store.delete_mailbox(ann, &name("x/y")).await.unwrap();
    assert_eq!(names().await, ["INBOX", "x", "x/y/b", "x/y/b/c"]);
    assert!(matches!(store.delete_mailbox(ann, &MailboxName::inbox()).await, Err(Error::Forbidden(_))));

    let validity = |mailbox: mailwright_store::Mailbox| mailbox.uid_validity;
    let first = validity(store.create_mailbox(ann, &name("again"), None).await.unwrap());
    store.delete_mailbox(ann, &name("again")).await.unwrap();
    let second = validity(store.create_mailbox(ann, &name("again"), None).await.unwrap());
    assert_ne!(first, second, "the validity of one name is never used again");
}

pub async fn a_delivery_reaches_all_or_nobody<S: Store>(store: S) {
    let (ann, bob) = (account(&store, "ann@example.test").await, account(&store, "bob@example.test").await);
    let to = |account: &Account, prefix: &'static str| Local::inbox(account.id).prefixed(prefix);
    let text = "Subject: both\r\n\r\nhello\r\n";
    let delivery = Delivery::new(staged(&store, text).await, Timestamp::from_secs(1_000_000))
        .to(to(&ann, "X: ann\r\n"))
        .to(to(&bob, "X: bob\r\n"));
    let delivered = store.deliver(delivery).await.unwrap();
    for (place, prefix) in delivered.local.iter().zip(["X: ann\r\n", "X: bob\r\n"]) {
        let place = place.as_ref().unwrap();
        assert_eq!(body(&store, place.message).await, format!("{prefix}{text}"));
        let known =
            &store.fetch(vec![place.message], Wants { fields: true, ..Wants::default() }).await.unwrap()[0];
        assert_eq!(known.derived.fields, "Subject: both\r\n");
        assert_eq!((known.prefix, known.size, known.received.secs()), (8, 32, 1_000_000));
    }
    store.remove_account(bob.id).await.unwrap();
    let delivery =
        Delivery::new(staged(&store, text).await, Timestamp::now()).to(to(&ann, "")).to(to(&bob, ""));
    assert!(matches!(store.deliver(delivery).await, Err(Error::NoSuchAccount)));
    assert_eq!(store.status(inbox(&store, &ann).await).await.unwrap().messages, 1, "nobody got it");
}

pub async fn each_recipient_for_itself_where_asked_for<S: Store>(store: S) {
    let (ann, bob) = (account(&store, "ann@example.test").await, account(&store, "bob@example.test").await);
    store.remove_account(bob.id).await.unwrap();
    let both = Delivery::new(staged(&store, "x\r\n").await, Timestamp::now())
        .to(Local::inbox(bob.id))
        .to(Local::inbox(ann.id));
    let delivered = store.deliver(Delivery { each: true, ..both }).await.unwrap();
    assert!(matches!(delivered.local[0], Err(Error::NoSuchAccount)));
    assert!(delivered.local[1].is_ok());
    let nobody = Delivery::new(staged(&store, "x\r\n").await, Timestamp::now()).to(Local::inbox(bob.id));
    let delivered = store.deliver(Delivery { each: true, ..nobody }).await.unwrap();
    assert!(matches!(delivered.local[..], [Err(Error::NoSuchAccount)]));
}

pub async fn large_bodies_come_out_as_they_went_in<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    for len in [0, 1, 65_535, 65_536, 65_537, 262_144, 262_145, 3_000_000] {
        let text: String = "0123456789".chars().cycle().take(len).collect();
        let message = deliver(&store, &ann, &text).await;
        let mut content = store.content(message).await.unwrap().unwrap();
        assert_eq!(mailwright_store::Content::len(&content), len as u64);
        assert_eq!(read_all(&mut content).await.unwrap(), text);
        let middle = mailwright_store::Content::read(&mut content, len as u64 / 2, 7).await.unwrap();
        assert_eq!(middle, text[len / 2..(len / 2 + 7).min(len)], "{len}");
    }
}

pub async fn flags_change_by_name_and_only_where_unchanged<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    for _ in 0..3 {
        append(&store, inbox, &["\\Seen", "$Old"], "x\r\n").await;
    }
    let list = |names: &[&str]| names.iter().collect::<FlagList>();
    let first = store
        .change_flags(inbox, uids(&[1, 2, 9]), FlagChange::add(list(&["\\Flagged", "new"])))
        .await
        .unwrap();
    assert_eq!(first.changed, uids(&[1, 2]));
    let again = store.change_flags(inbox, uids(&[1, 2]), FlagChange::add(list(&["NEW"]))).await.unwrap();
    assert!(again.changed.is_empty() && again.modseq == first.modseq, "what is so already is no change");
    let since =
        FlagChange::replace(list(&["\\Draft"])).unchanged_since(ModSeq::new(first.modseq.value() - 1));
    let guarded = store.change_flags(inbox, uids(&[2, 3]), since).await.unwrap();
    assert_eq!((guarded.changed, guarded.modified), (uids(&[3]), uids(&[2])));
    store
        .change_flags(inbox, uids(&[1]), FlagChange::remove(list(&["\\Seen", "$Old", "unknown"])))
        .await
        .unwrap();
    let want = [(1, "\\Flagged new"), (2, "\\Flagged \\Seen $Old new"), (3, "\\Draft")];
    assert_eq!(flags(&store, inbox).await, want.map(|(uid, names)| (uid, names.to_owned())));
    let status = store.status(inbox).await.unwrap();
    assert_eq!((status.messages, status.unseen, status.deleted), (3, 2, 0));
}

pub async fn copies_keep_the_message_and_moves_lose_nothing<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let other = store.create_mailbox(ann.id, &name("other"), None).await.unwrap().id;
    for n in 0..4 {
        append(&store, inbox, &["$Kept"], &format!("{n}\r\n")).await;
    }
    let copied = store.copy(inbox, uids(&[2, 3, 7]), other, Flags::ALL).await.unwrap();
    assert_eq!((copied.from, copied.to), (uids(&[2, 3]), uids(&[1, 2])));
    let own = store.copy(inbox, uids(&[1]), inbox, Flags::ALL).await.unwrap();
    assert_eq!(own.to, uids(&[5]), "a copy into its own mailbox is another message there");
    let moved = store.move_to(inbox, uids(&[1, 4]), other, Flags::ALL).await.unwrap();
    assert_eq!((moved.from, moved.to), (uids(&[1, 4]), uids(&[3, 4])));
    let left: Vec<u32> = flags(&store, inbox).await.into_iter().map(|(uid, _)| uid).collect();
    assert_eq!(left, [2, 3, 5]);
    let there = store.open(other).await.unwrap().borrow().clone();
    let mut bodies = Vec::new();
    for entry in there.entries() {
        bodies.push(body(&store, entry.message).await);
    }
    assert_eq!(bodies, ["1\r\n", "2\r\n", "0\r\n", "3\r\n"]);
    assert!(flags(&store, other).await.iter().all(|(_, names)| names == "$Kept"));
    let nowhere = store.move_to(inbox, uids(&[2]), MailboxId::new(999), Flags::ALL).await;
    assert!(matches!(nowhere, Err(Error::NoSuchMailbox)));
    assert_eq!(store.status(inbox).await.unwrap().messages, 3, "a move that fails moves nothing");
}

pub async fn a_copy_beside_the_same_message_is_told_apart_for_good<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let other = store.create_mailbox(ann.id, &name("other"), None).await.unwrap().id;
    append(&store, inbox, &[], "0\r\n").await;
    let marked = async |mailbox| {
        let view = store.open(mailbox).await.unwrap().borrow().clone();
        let marked = view.entries().filter(|entry| entry.flags.contains(Flags::ANOTHER));
        marked.map(|entry| entry.uid.value()).collect::<Vec<_>>()
    };
    store.copy(inbox, uids(&[1]), other, Flags::ALL).await.unwrap();
    store.copy(inbox, uids(&[1]), inbox, Flags::ALL).await.unwrap();
    store.copy(other, uids(&[1]), inbox, Flags::ALL).await.unwrap();
    assert_eq!((marked(inbox).await, marked(other).await), (vec![2, 3], vec![]));
    store.expunge(inbox, Expunge::Uids(uids(&[1]))).await.unwrap();
    let all = uids(&[2, 3]);
    for change in [FlagChange::replace(Flags::SEEN), FlagChange::remove(Flags::ALL)] {
        store.change_flags(inbox, all.clone(), change).await.unwrap();
    }
    assert_eq!(marked(inbox).await, [2, 3], "whichever goes first, and whatever flags are set");
    store.expunge(inbox, Expunge::Uids(all)).await.unwrap();
    store.move_to(other, uids(&[1]), inbox, Flags::ALL).await.unwrap();
    assert_eq!(marked(inbox).await, [], "it is the only one");
}

pub async fn a_mailbox_is_found_among_many<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    for top in ["a", "b", "c", "d"] {
        let deepest = name(&vec![top; 31].join("/"));
        store.create_mailbox(ann.id, &deepest, None).await.unwrap();
        let found = store.mailbox(ann.id, &deepest).await.unwrap().unwrap();
        assert_eq!(found.name, deepest);
    }
    for all_are_read in [false, true] {
        if all_are_read {
            assert_eq!(store.mailboxes(ann.id).await.unwrap().len(), 1 + 4 * 31);
        }
        assert!(store.mailbox(ann.id, &name("d/d/d")).await.unwrap().is_some());
        assert_eq!(store.mailbox(ann.id, &name("d/e")).await.unwrap(), None);
    }
}

pub async fn expunges_and_what_changed_since<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    for _ in 0..5 {
        append(&store, inbox, &[], "x\r\n").await;
    }
    let start = store.status(inbox).await.unwrap().highest_modseq;
    let deleted: FlagList = ["\\Deleted"].into_iter().collect();
    store.change_flags(inbox, uids(&[1, 3, 4]), FlagChange::add(deleted)).await.unwrap();
    let some = store.expunge(inbox, Expunge::DeletedAmong(uids(&[1, 2]))).await.unwrap();
    assert_eq!(some.uids, uids(&[1]));
    assert_eq!(store.expunge(inbox, Expunge::Uids(uids(&[2, 99]))).await.unwrap().uids, uids(&[2]));
    let rest = store.expunge(inbox, Expunge::Deleted).await.unwrap();
    assert_eq!(rest.uids, uids(&[3, 4]));
    let none = store.expunge(inbox, Expunge::Deleted).await.unwrap();
    assert!(none.uids.is_empty() && none.modseq == rest.modseq);
    let changes = store.changes(inbox, start, None).await.unwrap();
    assert_eq!((changes.changed, changes.vanished), (uids(&[]), uids(&[1, 2, 3, 4])));
    let known = store.changes(inbox, some.modseq, Some(uids(&[1, 2, 5]))).await.unwrap();
    assert_eq!(known.vanished, uids(&[2]));
    assert_eq!(append(&store, inbox, &[], "x\r\n").await.value(), 6, "a UID is never used again");
}

pub async fn uids_grow_under_many_appends_at_once<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut got = Vec::new();
                for m in 0..25 {
                    got.push(append(&store, inbox, &[], &format!("{n} {m}\r\n")).await);
                }
                got
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        let got = task.await.unwrap();
        assert!(got.is_sorted(), "each session sees its own grow");
        all.extend(got);
    }
    all.sort();
    assert_eq!(all, (1..=400).map(Uid::new).collect::<Vec<_>>());
}

pub async fn views_tell_the_difference<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    for _ in 0..3 {
        append(&store, inbox, &[], "x\r\n").await;
    }
    let mut watch = store.open(inbox).await.unwrap();
    let old = watch.borrow_and_update().clone();
    let seen: FlagList = ["\\Seen"].into_iter().collect();
    store.change_flags(inbox, uids(&[1]), FlagChange::add(seen)).await.unwrap();
    store.expunge(inbox, Expunge::Uids(uids(&[2]))).await.unwrap();
    append(&store, inbox, &[], "x\r\n").await;
    assert!(watch.has_changed().unwrap());
    let new = watch.borrow_and_update().clone();
    let delta = new.since(&old);
    assert_eq!((delta.changed, delta.vanished, delta.arrived), (uids(&[1]), uids(&[2]), uids(&[4])));
    assert_eq!(
        (old.len(), new.len(), new.seq_of(Uid::new(4))),
        (3, 3, Some(3)),
        "the old view stays as it was"
    );
    let recent = async || store.statuses_of(vec![inbox], true).await.unwrap()[0].unwrap().recent;
    assert_eq!((recent().await, new.recent()), (3, uids(&[1, 2, 3, 4])));
    assert_eq!(
        (old.take_recent(), new.take_recent()),
        (uids(&[1, 2, 3]), uids(&[4])),
        "nobody is told twice"
    );
    assert!(new.take_recent().is_empty() && new.recent().is_empty());
    assert_eq!(recent().await, 0);
    assert_eq!((new.count(&uids(&[1, 2])), new.count(&uids(&[2, 4, 9]))), (1, 1));
    store.create_mailbox(ann.id, &name("gone"), None).await.unwrap();
    let gone = store.mailbox(ann.id, &name("gone")).await.unwrap().unwrap().id;
    let watch = store.open(gone).await.unwrap();
    store.delete_mailbox(ann.id, &name("gone")).await.unwrap();
    assert!(watch.borrow().is_gone());
}

pub async fn quota_holds_and_is_given_back<S: Store>(store: S) {
    let ann = store
        .create_account(NewAccount { quota: Some(1000), ..new_account("ann@example.test") })
        .await
        .unwrap();
    let inbox = inbox(&store, &ann).await;
    let text = "x".repeat(400);
    append(&store, inbox, &[], &text).await;
    append(&store, inbox, &[], &text).await;
    let delivery = Delivery::new(staged(&store, &text).await, Timestamp::now()).to(Local::inbox(ann.id));
    let full = store.deliver(delivery).await;
    assert!(matches!(full, Err(Error::OverQuota { used: 800, limit: 1000, wanted: 400 })), "{full:?}");
    assert!(matches!(store.copy(inbox, uids(&[1]), inbox, Flags::ALL).await, Err(Error::OverQuota { .. })));
    store.expunge(inbox, Expunge::Uids(uids(&[1]))).await.unwrap();
    assert_eq!(store.usage(ann.id).await.unwrap().octets, 400);
    append(&store, inbox, &[], &text).await;
}

pub async fn annotations_follow_their_mailbox<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let bob = account(&store, "bob@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let made = store.create_mailbox(ann.id, &name("a"), None).await.unwrap().id;
    let set = |name: &str, value: &'static str| vec![(name.to_owned(), Some(value.into()))];
    store.annotate(ann.id, Some(made), set("/private/comment", "one")).await.unwrap();
    // A change is one of the mailbox; what stays as it is changes nothing.
    let highest = async || store.open(made).await.unwrap().borrow().highest_modseq().value();
    let before = highest().await;
    store.annotate(ann.id, Some(made), set("/private/comment", "one")).await.unwrap();
    assert_eq!(highest().await, before);
    store.annotate(ann.id, Some(made), set("/private/comment", "two")).await.unwrap();
    assert_eq!(highest().await, before + 1);
    store.annotate(ann.id, Some(made), vec![("/private/comment".to_owned(), None)]).await.unwrap();
    assert_eq!(highest().await, before + 2);
    store.set_special_use(made, Some(SpecialUse::Junk)).await.unwrap();
    assert_eq!(highest().await, before + 3);
    store.annotate(ann.id, Some(made), set("/private/comment", "one")).await.unwrap();
    store.annotate(ann.id, Some(inbox), set("/private/comment", "in")).await.unwrap();
    store.annotate(ann.id, None, set("/private/vendor/x", "mine")).await.unwrap();
    let refused = store.annotate(bob.id, Some(made), set("/private/comment", "no")).await;
    assert!(matches!(refused, Err(Error::NoSuchMailbox)), "{refused:?}");
    let of = async |mailbox: Option<MailboxId>| {
        let all = store.annotations(ann.id, mailbox).await.unwrap();
        all.into_iter().map(|(name, value)| format!("{name} {value:?}")).collect::<Vec<_>>()
    };
    store.rename_mailbox(ann.id, &name("a"), &name("b")).await.unwrap();
    assert_eq!(of(Some(made)).await, ["/private/comment b\"one\""]);
    assert_eq!(of(None).await, ["/private/vendor/x b\"mine\""]);
    store.rename_mailbox(ann.id, &MailboxName::inbox(), &name("old")).await.unwrap();
    let old = store.mailbox(ann.id, &name("old")).await.unwrap().unwrap().id;
    assert_eq!((of(Some(inbox)).await, of(Some(old)).await), (of(Some(old)).await, of(Some(inbox)).await));
    assert_eq!(of(Some(old)).await, ["/private/comment b\"in\""]);

    let many = |from: usize| (from..100).map(|n| (n.to_string(), Some("x".into()))).collect::<Vec<_>>();
    let refused = store.annotate(ann.id, Some(made), many(0)).await;
    assert!(matches!(refused, Err(Error::Limit { max: 100, .. })), "{refused:?}");
    store.annotate(ann.id, Some(made), many(1)).await.unwrap();
    let long = vec![("1".to_owned(), None), ("2".to_owned(), Some(vec![0; (32 << 10) + 1].into()))];
    assert!(matches!(store.annotate(ann.id, Some(made), long).await, Err(Error::Limit { .. })));
    assert_eq!(of(Some(made)).await.len(), 100, "all or none");
    store.annotate(ann.id, Some(made), vec![("1".to_owned(), None)]).await.unwrap();
    assert_eq!(of(Some(made)).await.len(), 99);
    store.delete_mailbox(ann.id, &name("b")).await.unwrap();
    assert!(of(Some(made)).await.is_empty());
    store.remove_account(ann.id).await.unwrap();
    assert!(of(None).await.is_empty());
}

pub async fn mailboxes_are_shared_with_other_accounts<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let bob = account(&store, "bob@example.test").await;
    let with_bob = Grantee::Account(bob.id);
    let work = store.create_mailbox(ann.id, &name("work"), None).await.unwrap().id;
    let seen = async |account: AccountId| {
        let all = store.shared_mailboxes(account).await.unwrap();
        let one = |one: &SharedMailbox| format!("{} {} {:b}", one.owner, one.mailbox.name, one.rights);
        all.iter().map(one).collect::<Vec<_>>()
    };
    let acl = async |mailbox: MailboxId| {
        let acl = store.acl(mailbox).await.unwrap();
        acl.iter().map(|entry| (entry.grantee, entry.negative, entry.rights)).collect::<Vec<_>>()
    };
    assert!(seen(bob.id).await.is_empty() && acl(work).await.is_empty());
    store.change_acl(work, with_bob, false, AclChange::Set(0b110)).await.unwrap();
    store.change_acl(work, Grantee::Anyone, false, AclChange::Add(0b1)).await.unwrap();
    store.change_acl(work, with_bob, true, AclChange::Set(0b10)).await.unwrap();
    assert_eq!(seen(bob.id).await, ["ann@example.test work 101"]);
    assert!(seen(ann.id).await.is_empty(), "what is one's own is not shared with one");
    let three = [(Grantee::Anyone, false, 0b1), (with_bob, false, 0b110), (with_bob, true, 0b10)];
    assert_eq!(acl(work).await, three);
    assert_eq!(AclEntry::rights_of(bob.id, &store.acl(work).await.unwrap()), 0b101);
    let nobody = Grantee::Account(AccountId::new(999));
    let refused = store.change_acl(work, nobody, false, AclChange::Set(1)).await;
    assert!(matches!(refused, Err(Error::NoSuchAccount)), "{refused:?}");

    // The list goes where its mailbox goes, and to those made below it.
    store.rename_mailbox(ann.id, &name("work"), &name("job")).await.unwrap();
    let below = store.create_mailbox(ann.id, &name("job/now"), None).await.unwrap().id;
    assert_eq!((acl(work).await, acl(below).await), (three.to_vec(), three.to_vec()));
    store.change_acl(work, with_bob, true, AclChange::Delete).await.unwrap();
    store.change_acl(work, with_bob, false, AclChange::Remove(0b100)).await.unwrap();
    store.change_acl(work, Grantee::Anyone, false, AclChange::Delete).await.unwrap();
    assert_eq!(acl(work).await, [(with_bob, false, 0b10)]);
    store.change_acl(work, with_bob, false, AclChange::Set(0)).await.unwrap();
    assert_eq!(acl(work).await, [(with_bob, false, 0)], "an entry may give nothing");
    assert_eq!(seen(bob.id).await, ["ann@example.test job/now 101"]);
    store.delete_mailbox(ann.id, &name("job/now")).await.unwrap();
    assert!(acl(below).await.is_empty());
    store.change_acl(work, with_bob, false, AclChange::Set(1)).await.unwrap();
    store.remove_account(bob.id).await.unwrap();
    assert!(acl(work).await.is_empty());
}

pub async fn messages_go_from_one_account_to_another<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let bob = store
        .create_account(NewAccount { quota: Some(1000), ..new_account("bob@example.test") })
        .await
        .unwrap();
    let (from, to) = (inbox(&store, &ann).await, inbox(&store, &bob).await);
    let text = format!("Message-ID: <1@a.test>\r\n\r\n{}", "x".repeat(400));
    append(&store, from, &["\\Seen", "\\Deleted", "$a"], &text).await;
    append(&store, from, &["\\Flagged"], &text).await;
    let copied = store.copy(from, uids(&[1]), to, Flags::ALL.without(Flags::DELETED)).await.unwrap();
    assert_eq!((copied.from, copied.to), (uids(&[1]), uids(&[1])));
    assert_eq!(flags(&store, to).await, [(1, "\\Seen $a".to_owned())]);
    let moved = store.move_to(from, uids(&[2]), to, Flags::SEEN).await.unwrap();
    assert_eq!(moved.to, uids(&[2]));
    assert_eq!(flags(&store, to).await[1], (2, String::new()));
    assert_eq!(flags(&store, from).await.len(), 1);
    let octets = async |account: &Account| store.usage(account.id).await.unwrap().octets;
    assert_eq!((octets(&ann).await, octets(&bob).await), (text.len() as u64, 2 * text.len() as u64));
    for refused in [
        store.move_to(from, uids(&[1]), to, Flags::ALL).await,
        store.copy(from, uids(&[1]), to, Flags::ALL).await,
    ] {
        assert!(matches!(refused, Err(Error::OverQuota { .. })), "{refused:?}");
    }
    // What becomes of the one is nothing to the other.
    store.remove_account(ann.id).await.unwrap();
    let view = store.open(to).await.unwrap().borrow().clone();
    for entry in view.entries() {
        assert_eq!(body(&store, entry.message).await, text);
    }
    let wants = Wants::default();
    let fetched = store.fetch(view.entries().map(|entry| entry.message).collect(), wants).await.unwrap();
    assert_eq!(fetched[0].thread, fetched[1].thread);
}

pub async fn one_message_takes_the_place_of_another<S: Store>(store: S) {
    let ann = store
        .create_account(NewAccount { quota: Some(1000), ..new_account("ann@example.test") })
        .await
        .unwrap();
    let inbox = inbox(&store, &ann).await;
    let drafts = store.create_mailbox(ann.id, &name("Drafts"), None).await.unwrap().id;
    append(&store, drafts, &["\\Draft"], &"x".repeat(900)).await;
    let new = async |octets: usize| {
        let flags = ["\\Draft", "$new"].iter().collect::<FlagList>();
        Append { body: staged(&store, &"y".repeat(octets)).await, flags, received: None }
    };
    let refused = store.replace(drafts, Uid::new(1), drafts, new(1001).await).await;
    assert!(matches!(refused, Err(Error::OverQuota { .. })), "{refused:?}");
    let done = store.replace(drafts, Uid::new(1), drafts, new(1000).await).await.unwrap();
    assert_eq!(done.uids, uids(&[2]));
    assert_eq!(flags(&store, drafts).await, [(2, "\\Draft $new".to_owned())]);
    assert_eq!(store.usage(ann.id).await.unwrap().octets, 1000);
    let refused = store.replace(drafts, Uid::new(1), drafts, new(1).await).await;
    assert!(matches!(refused, Err(Error::NoSuchMessage)), "{refused:?}");
    store.replace(drafts, Uid::new(2), inbox, new(10).await).await.unwrap();
    assert_eq!(flags(&store, inbox).await, [(1, "\\Draft $new".to_owned())]);
    assert!(flags(&store, drafts).await.is_empty());
    let changes = store.changes(drafts, ModSeq::new(1), None).await.unwrap();
    assert_eq!(changes.vanished, uids(&[1, 2]));
}

pub async fn searches_read_what_people_read<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let subject = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n";
    append(&store, inbox, &[], &format!("{subject}Date: Tue, 1 Jul 2003 10:52:37 +0200\r\n\r\nplain\r\n"))
        .await;
    let encoded = "Content-Transfer-Encoding: base64\r\nX-Odd: one\r\n\r\ndGhlIHdvcmQgaXMgbmVlZGxl\r\n";
    append(&store, inbox, &[], encoded).await;
    let find = |criterion| {
        let store = store.clone();
        async move {
            let view = store.open(inbox).await.unwrap().borrow().clone();
            let all = view.uids();
            store.search(view, all, criterion).await.unwrap()
        }
    };
    let header = |name: &str, text: &str| Criterion::Header { name: name.into(), text: text.into() };
    assert_eq!(find(header("subject", "GRÜSSE")).await, uids(&[]));
    assert_eq!(find(header("subject", "GRÜßE")).await, uids(&[1]));
    assert_eq!(find(header("x-odd", "")).await, uids(&[2]));
    assert_eq!(find(Criterion::Body("NEEDLE".into())).await, uids(&[2]));
    assert_eq!(find(Criterion::Text("grüß".into())).await, uids(&[1]));
    // By i;unicode-casemap: a letter with a mark is the letter and the mark.
    assert_eq!(find(header("subject", "Gru\u{308}")).await, uids(&[1]));
    assert_eq!(find(Criterion::Text("ｇＲu".into())).await, uids(&[1]));
    let day = |n: i64| Timestamp::from_secs(1_057_017_600 + n * 86_400);
    assert_eq!(find(Criterion::Sent { from: day(0), to: day(1) }).await, uids(&[1]));
    // Still the first of July in Greenwich, and the 30th of June there.
    append(&store, inbox, &[], "Date: Wed, 2 Jul 2003 01:00:00 +0400\r\n\r\n").await;
    append(&store, inbox, &[], "Date: Mon, 30 Jun 2003 22:00:00 -0800\r\n\r\n").await;
    append(&store, inbox, &[], "Date: Tue, 1 Jul 0103 10:00:00 +0000\r\n\r\n").await;
    assert_eq!(find(Criterion::Sent { from: day(-1), to: day(0) }).await, uids(&[4]));
    assert_eq!(find(Criterion::Sent { from: day(0), to: day(1) }).await, uids(&[1]));
    assert_eq!(find(Criterion::Sent { from: day(1), to: day(2) }).await, uids(&[3]));
    let ever = Criterion::Sent { from: Timestamp::new(i64::MIN), to: day(2) };
    assert_eq!(find(ever).await, uids(&[1, 3, 4]), "a year before 1900 is no date");
}

pub async fn large_messages_are_searched_and_listed_as_small_ones<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let filler = format!("{}\r\n", "0123456789".repeat(7)).repeat(90_000);
    let text = format!(
        "Subject: large\r\nX-Odd: strange\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nFirst WORDS\r\n{filler}\
         last words\r\n--b\r\nContent-Type: image/png; name=picture.png\r\n\r\nhidden words\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n--b--\r\n"
    );
    let message = deliver(&store, &ann, &text).await;
    let wants = Wants { envelope: true, preview: true, ..Wants::default() };
    let fetched = store.fetch(vec![message], wants).await.unwrap().remove(0);
    assert!(fetched.derived.preview.starts_with("First WORDS 0123456789"), "{}", fetched.derived.preview);
    assert_eq!(fetched.size, text.len() as u64);
    let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
    for (criterion, met) in [
        (Criterion::Body("first words".into()), true),
        (Criterion::Body("9\r\nLAST WORDS".into()), true),
        (Criterion::Body("hidden".into()), false),
        (Criterion::Body("grüße".into()), true),
        (Criterion::Body("picture.png".into()), true),
        (Criterion::Body("strange".into()), false),
        (Criterion::Text("x-odd: strange".into()), true),
        (Criterion::Text("nowhere".into()), false),
        (Criterion::Header { name: "x-odd".into(), text: "strange".into() }, true),
    ] {
        let found = store.search(view.clone(), view.uids(), criterion.clone()).await.unwrap();
        assert_eq!(!found.is_empty(), met, "{criterion:?}");
    }
}
