//! What the server says it can do: only what works, and only when it does.

use super::Server;
use crate::types::{
    Atom,
    response::{Capabilities, Capability, Code, Status, Untagged},
};

impl Server {
    /// What is on offer now.
    pub(super) fn capabilities(&self) -> Capabilities {
        use Capability as C;
        let features = &self.config.features;
        let mut out = Capabilities::default();
        out.push(C::Imap4Rev1);
        if self.offers_rev2() {
            out.push(C::Imap4Rev2);
        }
        for capability in [C::LiteralMinus, C::SaslIr, C::Id, C::Enable, C::Idle, C::Language] {
            out.push(capability);
        }
        if self.login.is_none() {
            if self.tls.is_none() && self.config.starttls {
                out.push(C::StartTls);
            }
            if !self.allows_login() {
                out.push(C::LoginDisabled);
            }
            for mechanism in self.config.policy.offered(self.tls.as_ref()) {
                out.push(C::Auth(mechanism.into()));
            }
            return out;
        }
        let always = [
            C::Namespace,
            C::Children,
            C::Unselect,
            C::UidPlus,
            C::ListExtended,
            C::ListStatus,
            C::SpecialUse,
            C::StatusSize,
            C::Esearch,
            C::SearchRes,
            C::Within,
            C::Partial,
            C::ContextSearch,
            C::MultiAppend,
            C::Utf8Accept,
            C::Unauthenticate,
            C::UidOnly,
            C::AppendLimit(Some(self.config.limits.append)),
        ];
        for capability in always {
            out.push(capability);
        }
        let optional: [(bool, &[C]); 19] = [
            (features.moves, &[C::Move]),
            (features.mod_seq, &[C::CondStore, C::Qresync]),
            (features.create_special_use, &[C::CreateSpecialUse]),
            (features.sort, &[C::Sort, C::SortDisplay, C::Esort, C::ContextSort]),
            (self.can_search_many(), &[C::MultiSearch]),
            (features.fuzzy, &[C::SearchFuzzy]),
            (features.unicode_casemap, &[C::I18nLevel1]),
            (features.thread, &[C::ThreadReferences, C::ThreadOrderedSubject]),
            (features.binary, &[C::Binary]),
            (features.object_id, &[C::ObjectId]),
            (features.save_date, &[C::SaveDate]),
            (features.preview, &[C::Preview]),
            (features.in_progress, &[C::InProgress]),
            (features.catenate, &[C::Catenate]),
            (features.replace, &[C::Replace]),
            (features.notify, &[C::Notify]),
            (features.metadata, &[C::Metadata, C::ListMetadata]),
            (features.acl, &[C::Acl, C::Rights("kxte".into()), C::ListMyRights]),
            (features.quota, &[C::Quota, C::QuotaResource("STORAGE".into())]),
        ];
        if let Some(limit) = self.config.limits.messages {
            out.push(C::MessageLimit(limit.get()));
        }
        if self.can_compress() {
            out.push(C::CompressDeflate);
        }
        for (_, capabilities) in optional.iter().filter(|(on, _)| *on) {
            for capability in *capabilities {
                out.push(capability.clone());
            }
        }
        out
    }

    /// A session does not know how many messages the mailboxes have that are not selected.
    pub(super) fn can_search_many(&self) -> bool {
        self.config.features.multi_search && self.config.limits.messages.is_none()
    }

    /// IMAP4rev2 includes MOVE and the fetch side of BINARY.
    fn offers_rev2(&self) -> bool {
        self.config.features.moves && self.config.features.binary
    }

    pub(super) fn greet(&mut self) {
        let code = Code::Capability(self.capabilities());
        let greeting = self.config.greeting.clone();
        self.ok(code, &greeting);
        self.phase = super::session::Phase::Command;
    }

    pub(super) fn capability(&mut self) {
        let capabilities = self.capabilities();
        self.untagged(&Untagged::Capability(capabilities));
    }

    /// `ENABLE` (RFC 9051 §6.3.1): what is unknown is passed over.
    pub(super) fn enable(&mut self, wanted: &[Atom]) -> Status {
        let mut enabled = Capabilities::default();
        for name in wanted {
            let capability = Capability::named(&bytes::Bytes::copy_from_slice(name.as_str().as_bytes()));
            let on = &mut self.enabled;
            match capability {
                Capability::CondStore if self.config.features.mod_seq => self.mod_seq_enabled(),
                Capability::Qresync if self.config.features.mod_seq => {
                    on.qresync = true;
                    self.mod_seq_enabled();
                }
                Capability::Utf8Accept => on.utf8 = true,
                Capability::UidOnly => on.uid_only = true,
                Capability::Imap4Rev2 if self.config.features.moves && self.config.features.binary => {
                    (on.rev2, on.utf8) = (true, true);
                }
                _ => continue,
            }
            enabled.push(capability);
        }
        self.untagged(&Untagged::Enabled(enabled));
        if self.enabled.utf8 && !self.text.is_utf8() {
            self.flush_text();
            self.text = crate::encode::core::Encoder::server(true);
        }
        Status::ok("ENABLE completed")
    }
}
