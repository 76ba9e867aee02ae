//! A look inside a batch for whoever measures; costs nothing where nobody looks.

/// A stage of an update's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Bytes to update.
    Parse,
    /// Update to event.
    Extract,
    /// Folding of texts, finding of links and phrases.
    Normalise,
    /// Reading the context of sender and text, and adding to it.
    Context,
    /// Signals, score and bars.
    Signals,
    /// Verdict to bytes.
    Verdict,
}

/// Is told when an update leaves a stage. The stages of a batch follow each other without a gap.
pub trait Observer {
    /// The update at `position` of the batch left `stage`.
    fn left(&mut self, position: usize, stage: Stage);
}

/// Nobody looks.
impl Observer for () {
    #[inline]
    fn left(&mut self, _: usize, _: Stage) {}
}
