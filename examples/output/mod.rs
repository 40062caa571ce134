//! Where the records go: many to a write, and none waits for long.

use std::cell::OnceCell;
use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes of records that one write takes.
const BUFFER: usize = 1 << 16;

/// How long a record waits for others, also while the next file takes hours.
const WAIT: Duration = Duration::from_millis(100);

/// The output of a run.
pub(crate) struct Output {
    buffered: Arc<Mutex<Buffered>>,
    /// Whether each record is written at once.
    immediate: bool,
    /// Dropped to end the thread that writes what waited; there is none before the first record, because a run may have none.
    end: OnceCell<Sender<()>>,
}

struct Buffered {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// Whether there is a record that was not written yet.
    waits: bool,
    /// What went wrong where nobody could be told.
    failed: Option<io::Error>,
}

impl Buffered {
    fn flush(&mut self) -> io::Result<()> {
        self.waits = false;
        self.writer.flush()
    }
}

impl Output {
    /// `immediate`: whoever reads waits for each record.
    pub(crate) fn new(writer: Box<dyn Write + Send>, immediate: bool) -> Self {
        let writer = BufWriter::with_capacity(BUFFER, writer);
        let buffered = Arc::new(Mutex::new(Buffered { writer, waits: false, failed: None }));
        Self { buffered, immediate, end: OnceCell::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Buffered> {
        self.buffered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record. An error may be that of an earlier one.
    pub(crate) fn write(&self, record: &[u8]) -> io::Result<()> {
        if !self.immediate {
            self.end.get_or_init(|| write_in_time(Arc::clone(&self.buffered)));
        }
        let mut buffered = self.lock();
        if let Some(error) = buffered.failed.take() {
            return Err(error);
        }
        buffered.writer.write_all(record)?;
        if self.immediate {
            return buffered.flush();
        }
        buffered.waits = true;
        Ok(())
    }

    /// Writes what waits.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let mut buffered = self.lock();
        match buffered.failed.take() {
            Some(error) => Err(error),
            None => buffered.flush(),
        }
    }
}

/// Writes what has waited, again and again, until the sender is dropped.
fn write_in_time(buffered: Arc<Mutex<Buffered>>) -> Sender<()> {
    let (end, ended) = mpsc::channel();
    thread::spawn(move || {
        while ended.recv_timeout(WAIT) == Err(RecvTimeoutError::Timeout) {
            let mut buffered = buffered.lock().unwrap_or_else(PoisonError::into_inner);
            if buffered.waits && buffered.failed.is_none() {
                buffered.failed = buffered.flush().err();
            }
        }
    });
    end
}
