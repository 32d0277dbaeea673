//! News of many mailboxes on one connection.

use super::{Client, Error};
use crate::types::{
    command::{CommandBody, EventGroup, Notify, NotifySet},
    response::{MailboxStatus, Untagged},
};
use tokio::io::{AsyncRead, AsyncWrite};

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// `NOTIFY SET STATUS` (RFC 5465): from now on the server tells of these events, and of no others. Gives back how the
    /// mailboxes are now whose messages are watched, but for the selected one.
    ///
    /// What happens is news, to be taken with [`news`](Self::news) or awaited with [`wait`](Self::wait):
    /// [`Untagged::MailboxStatus`] for messages that came, went or changed, [`Untagged::List`] for mailboxes and
    /// subscriptions, [`Untagged::Metadata`] for annotations; of the selected mailbox as always. Should there be too much, the
    /// server says so with [`Code::NotificationOverflow`](crate::types::response::Code::NotificationOverflow) and tells nothing
    /// more.
    ///
    /// ```no_run
    /// # use mailwright_imap::{tokio::client::{Client, Error, News}, types::{command::{EventGroup, MailboxFilter}, response::Untagged}};
    /// # use std::time::Duration;
    /// # async fn example(mut client: Client<tokio::net::TcpStream>) -> Result<(), Error> {
    /// let mailboxes = client.notify(vec![EventGroup::messages(MailboxFilter::Personal)]).await?;
    /// println!("{} mailboxes", mailboxes.len());
    /// for news in client.wait(Duration::from_secs(600)).await? {
    ///     if let News::Data(Untagged::MailboxStatus(status)) = news {
    ///         println!("{}: {:?}", status.mailbox, status.values);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the server refuses, with [`Code::BadEvent`](crate::types::response::Code::BadEvent) where it does not know an
    /// event, or the connection ends.
    pub async fn notify(&mut self, groups: Vec<EventGroup>) -> Result<Vec<MailboxStatus>, Error> {
        let set = Notify::Set(NotifySet { status: true, groups });
        let mut mailboxes = Vec::new();
        self.run("NOTIFY", CommandBody::Notify(set), |data| {
            if let Untagged::MailboxStatus(status) = data {
                mailboxes.push(status);
            }
        })
        .await?;
        Ok(mailboxes)
    }

    /// `NOTIFY NONE`: from now on the server tells nothing unasked, of the selected mailbox neither.
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn notify_none(&mut self) -> Result<(), Error> {
        self.run("NOTIFY", CommandBody::Notify(Notify::None), |_| {}).await.map(|_| ())
    }
}
