//! Files in parallel: workers take them from the walk one by one and put what they make of them into a queue, from which the calling
//! thread takes many at once.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::bytes::to_u64;

/// How many files may be ahead of the one that is to be delivered, for each worker: being read, or waiting for their turn. Bounds memory
/// whatever the number of files and however slow the sink is.
const WINDOW_PER_JOB: usize = 64;
/// Results that are taken from the queue at once while there are many. Less than a window.
const BATCH: usize = 32;
/// How long fewer results wait for others. Waking a thread for each costs as much as reading a file.
const PATIENCE: Duration = Duration::from_micros(200);

/// Makes something of each of `items` on `jobs` threads, and delivers it on this one; in the order of the items, if `ordered`.
/// `worker` makes the function that one thread works with. Ends early when `sink` breaks.
pub(super) fn map_in_parallel<I, T, W>(
    items: impl Iterator<Item = I> + Send,
    jobs: usize,
    ordered: bool,
    worker: impl Fn() -> W + Sync,
    sink: &mut impl FnMut(T) -> ControlFlow<()>,
) where
    T: Send,
    W: FnMut(I) -> T,
{
    let items = Mutex::new((0_u64..).zip(items.fuse()));
    let results = Results::new(jobs);
    thread::scope(|scope| {
        // Also when the sink panics: nobody else would tell the workers.
        let _closing = Closing(&results);
        for _ in 0..jobs {
            scope.spawn(|| {
                let _leaving = Leaving(&results);
                let mut work = worker();
                // The walk is left alone before the work begins.
                while let Some((number, item)) = { lock(&items).next() } {
                    if results.put(number, work(item)).is_break() {
                        return;
                    }
                }
            });
        }
        deliver(&results, ordered, sink);
    });
}

fn deliver<T>(results: &Results<T>, ordered: bool, sink: &mut impl FnMut(T) -> ControlFlow<()>) {
    let mut taken = Vec::new();
    let mut waiting: BTreeMap<u64, T> = BTreeMap::new();
    let mut delivered = 0_u64;
    while results.take(&mut taken, delivered) {
        for (number, result) in taken.drain(..) {
            if !ordered {
                delivered = delivered.saturating_add(1);
                if sink(result).is_break() {
                    return;
                }
                continue;
            }
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&delivered) {
                delivered = delivered.saturating_add(1);
                if sink(result).is_break() {
                    return;
                }
            }
        }
    }
}

/// A queue that many threads put into and one takes from.
struct Results<T> {
    state: Mutex<State<T>>,
    /// There is what the taker waits for.
    arrived: Condvar,
    /// More was delivered.
    room: Condvar,
    window: u64,
}

struct State<T> {
    queue: Vec<(u64, T)>,
    /// How many results were delivered.
    delivered: u64,
    /// Workers that may put more.
    workers: usize,
    /// Whether nothing is wanted any more.
    is_closed: bool,
    /// For how many results the taker is to be woken; `None` while it does not wait.
    wake_at: Option<usize>,
}

impl<T> Results<T> {
    fn new(jobs: usize) -> Self {
        let state = State { queue: Vec::new(), delivered: 0, workers: jobs, is_closed: false, wake_at: None };
        let window = to_u64(jobs.saturating_mul(WINDOW_PER_JOB));
        Self { state: Mutex::new(state), arrived: Condvar::new(), room: Condvar::new(), window }
    }

    /// Puts a result into the queue, as soon as it is not too far ahead. Breaks when nothing is wanted any more.
    fn put(&self, number: u64, result: T) -> ControlFlow<()> {
        let mut state = lock(&self.state);
        while !state.is_closed && number >= state.delivered.saturating_add(self.window) {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_closed {
            return ControlFlow::Break(());
        }
        state.queue.push((number, result));
        if state.wake_at.is_some_and(|count| state.queue.len() >= count) {
            state.wake_at = None;
            drop(state);
            self.arrived.notify_one();
        }
        ControlFlow::Continue(())
    }

    /// Moves all results that there are into `taken`, of which there is at least one unless all workers are done. `delivered` says how
    /// many were delivered so far.
    fn take(&self, taken: &mut Vec<(u64, T)>, delivered: u64) -> bool {
        let mut state = lock(&self.state);
        state.delivered = delivered;
        self.room.notify_all();
        if state.queue.len() < BATCH && state.workers > 0 {
            state.wake_at = Some(BATCH);
            let waited = self.arrived.wait_timeout(state, PATIENCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        while state.queue.is_empty() && state.workers > 0 {
            state.wake_at = Some(1);
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.wake_at = None;
        std::mem::swap(&mut state.queue, taken);
        !taken.is_empty()
    }
}

/// Tells the taker when a worker ends, also by a panic.
struct Leaving<'r, T>(&'r Results<T>);

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.workers = state.workers.saturating_sub(1);
        drop(state);
        self.0.arrived.notify_one();
    }
}

/// Tells the workers when nothing is wanted any more.
struct Closing<'r, T>(&'r Results<T>);

impl<T> Drop for Closing<'_, T> {
    fn drop(&mut self) {
        lock(&self.0.state).is_closed = true;
        self.0.room.notify_all();
    }
}

/// What a panicking thread left is as good as before: no lock is held while a caller's code runs, but the walk's.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn run(count: u64, jobs: usize, ordered: bool, mut sink: impl FnMut(u64) -> ControlFlow<()>) {
        // Work of very different length, so that results overtake each other.
        let work = || {
            |item: u64| {
                (0..item.wrapping_mul(0x9e37_79b9) % 5_000).for_each(|step| _ = std::hint::black_box(step));
                item
            }
        };
        map_in_parallel(0..count, jobs, ordered, work, &mut sink);
    }

    #[test]
    fn every_result_is_delivered_once() {
        for (count, jobs) in [(0, 1), (1, 4), (31, 2), (33, 2), (5_000, 1), (5_000, 3), (5_000, 16)] {
            let mut seen = Vec::new();
            run(count, jobs, false, |item| {
                seen.push(item);
                ControlFlow::Continue(())
            });
            seen.sort_unstable();
            assert_eq!(seen, (0..count).collect::<Vec<_>>(), "{count} items, {jobs} jobs");
        }
    }

    #[test]
    fn ordered_results_come_in_order() {
        for jobs in [1, 2, 16] {
            let mut seen = Vec::new();
            run(3_000, jobs, true, |item| {
                seen.push(item);
                ControlFlow::Continue(())
            });
            assert_eq!(seen, (0..3_000).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn nothing_runs_far_ahead_of_a_slow_sink() {
        for ordered in [false, true] {
            let started = AtomicU64::new(0);
            let work = || {
                |item: u64| {
                    started.fetch_add(1, Ordering::SeqCst);
                    item
                }
            };
            let mut delivered = 0;
            map_in_parallel(0..4_000_u64, 2, ordered, work, &mut |_| {
                if delivered % 100 == 0 {
                    thread::sleep(Duration::from_millis(1));
                }
                delivered += 1;
                // A window ahead of what was told to be delivered, which is behind by the results taken together.
                let window = 2 * to_u64(WINDOW_PER_JOB) + 2;
                assert!(started.load(Ordering::SeqCst) <= delivered + 2 * window, "{delivered} delivered");
                ControlFlow::Continue(())
            });
            assert_eq!(delivered, 4_000);
        }
    }

    #[test]
    fn a_sink_that_breaks_ends_the_work() {
        let started = AtomicU64::new(0);
        let work = || {
            |item: u64| {
                started.fetch_add(1, Ordering::SeqCst);
                item
            }
        };
        map_in_parallel(0..u64::MAX, 3, false, work, &mut |item| {
            if item < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert!(started.load(Ordering::SeqCst) < 10_000);
    }

    #[test]
    fn a_walk_that_waits_for_its_results_gets_them() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let first = std::iter::once(0_u64);
        let rest = std::iter::from_fn(move || receiver.recv_timeout(Duration::from_secs(1)).ok());
        let mut seen = 0;
        map_in_parallel(first.chain(rest), 2, false, || |item: u64| item, &mut |item| {
            seen += 1;
            // The next item is there only when this one was delivered.
            if item < 50 && sender.send(item + 1).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert_eq!(seen, 51);
    }
}
