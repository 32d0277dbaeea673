//! Running a plan against a resolver, whatever the runtime.
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use crate::outcome::Outcome;
use crate::plan::{Plan, Step};
use crate::query::{Answer, Query};

/// Something that answers DNS questions: a cache, a stub, a script.
///
/// It must bound its own time: an answer that never comes holds the plan up for ever.
pub trait Resolve: Send + Sync {
    /// Answers one question. What cannot be answered is an [`Answer::Failed`], never a panic.
    fn answer(&self, query: &Query) -> impl Future<Output = Answer> + Send;
}

impl<R: Resolve> Resolve for std::sync::Arc<R> {
    fn answer(&self, query: &Query) -> impl Future<Output = Answer> + Send {
        self.as_ref().answer(query)
    }
}

impl<R: Resolve> Resolve for &R {
    fn answer(&self, query: &Query) -> impl Future<Output = Answer> + Send {
        (*self).answer(query)
    }
}

/// Asks what the plan wants, several questions at once, until it is done.
///
/// ```
/// use mailwright_mx::{Options, Plan, resolve, scripted::Scripted};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let dns = Scripted::parse("example.test MX 10 mx.example.test\nmx.example.test A 192.0.2.25")?;
/// let outcome = resolve(Plan::new("example.test", Options::default()), &dns).await;
/// assert_eq!(outcome.result?.hosts[0].name, "mx.example.test");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn resolve<R: Resolve>(mut plan: Plan, resolver: &R) -> Outcome {
    type Asking<'a> = Pin<Box<dyn Future<Output = (Query, Answer)> + Send + 'a>>;
    let mut asking: Vec<Asking<'_>> = Vec::new();
    loop {
        match plan.poll() {
            Step::Done(outcome) => return *outcome,
            Step::Query(query) => asking.push(Box::pin(async move {
                let answer = resolver.answer(&query).await;
                (query, answer)
            })),
            Step::Wait => {
                let (query, answer) = poll_fn(|context| {
                    for index in 0..asking.len() {
                        if let Poll::Ready(answered) = asking[index].as_mut().poll(context) {
                            drop(asking.swap_remove(index));
                            return Poll::Ready(answered);
                        }
                    }
                    Poll::Pending
                })
                .await;
                // The plan gave this question out above, and it is answered once.
                let fed = plan.feed(&query, answer);
                debug_assert!(fed.is_ok(), "{fed:?}");
            }
        }
    }
}
