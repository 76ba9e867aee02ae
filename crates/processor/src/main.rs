//! The service's process: settings from the environment, a log of JSON lines, an orderly end on SIGTERM and SIGINT.

use std::process::ExitCode;

use chatwarden_processor::{Config, Fatal, Processor, variable};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Judging takes one of them, everything else the other.
const THREADS: usize = 2;

fn main() -> ExitCode {
    let level = std::env::var("CHATWARDEN_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new(level)).init();
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the processor ends");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Fatal> {
    let processor = Processor::new(Config::read(variable)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(async {
        let (stop, stopping) = watch::channel(false);
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            let _ = stop.send(true);
        });
        processor.run(stopping).await
    })
}
